import t from 'tap';
import {type Scale, score} from '../../lib/drbd/score.ts';
import type {Facts, Volume} from '../../lib/drbd/states.ts';

const SCALE: Scale = [0, 10, 1000, 10_000];
const volume: Volume = {
	volume: 0,
	minor: 0,
	disk: 'UpToDate',
	peerDisk: 'UpToDate',
	replication: 'Established',
	quorum: true,
	client: false,
	inSync: 100,
};
const seen = (change: Partial<Facts> = {}, ...volumes: Partial<Volume>[]): Facts => {
	const all = (volumes.length > 0 ? volumes : [{}]).map((own, index) => ({
		...volume,
		volume: index,
		minor: index,
		disk: change.disk ?? volume.disk,
		peerDisk: change.peerDisk ?? volume.peerDisk,
		...own,
	}));
	return {
		name: 'r',
		role: 'Secondary',
		connection: 'Connected',
		peerRole: 'Secondary',
		disk: 'UpToDate',
		peerDisk: 'UpToDate',
		suspended: 'no',
		...change,
		volumes: all,
	};
};

t.test("LINBIT's table, row by row", async t => {
	t.equal(score(seen({}, {quorum: false}), SCALE, false), 'remove', '1: no quorum');
	t.equal(score(seen({peerRole: 'Primary'}), SCALE, true), 'remove', '2: beside a healthy Primary, when asked');
	t.equal(score(seen({peerRole: 'Primary'}), SCALE, false), 10_000, '2: not when not asked');
	t.equal(score(seen({disk: 'Diskless'}, {client: true}), SCALE, false), 9999, '3: a client with a good peer');
	t.equal(
		score(seen({disk: 'Diskless', peerDisk: 'Inconsistent'}, {client: true, peerDisk: 'UpToDate'}, {client: true}), SCALE, false),
		999,
		'4: a client with half a good peer',
	);
	t.equal(
		score(seen({disk: 'Diskless', connection: 'Connecting', peerDisk: 'DUnknown'}, {client: true}), SCALE, false),
		'remove',
		'4: a client alone',
	);
	t.equal(score(seen({role: 'Primary', peerDisk: 'DUnknown'}), SCALE, false), 10_000, '5: Primary');
	t.equal(score(seen({connection: 'Connecting', peerDisk: 'DUnknown'}), SCALE, false), 1000, '6: the peer is unknown');
	t.equal(score(seen({connection: 'Connecting', peerDisk: 'Outdated'}), SCALE, false), 10_000, '7: the peer is known to be worse');
	t.equal(score(seen({disk: 'Inconsistent'}), SCALE, false), 10, '8: behind a good peer');
	t.equal(score(seen({disk: 'Attaching', connection: 'Connecting', peerDisk: 'DUnknown'}), SCALE, false), 'keep', '9: attaching');
	t.equal(score(seen({disk: 'Consistent', connection: 'Connecting', peerDisk: 'DUnknown'}), SCALE, false), 'remove', '10: zero removes');
	t.equal(
		score(seen({disk: 'Consistent', connection: 'Connecting', peerDisk: 'DUnknown'}), [5, 10, 1000, 10_000], false),
		5,
		'10: as adjusted',
	);
	for (const disk of ['Inconsistent', 'Outdated', 'Diskless', 'Failed'] as const) {
		t.equal(score(seen({disk, connection: 'Connecting', peerDisk: 'DUnknown'}), SCALE, false), 'remove', `11: ${disk}`);
	}
});

t.test('a volume that is still attaching never counts as UpToDate (the defect of the 9 path)', async t => {
	t.equal(
		score(seen({disk: 'Attaching', connection: 'Connecting', peerDisk: 'DUnknown'}, {disk: 'UpToDate'}, {disk: 'Attaching'}), SCALE, false),
		'keep',
	);
});
