// twinpool split-brain: files by the bricks' own records, as captured from a volume that was written on both sides.
import {symlinkSync} from 'node:fs';
import t from 'tap';
import {attributesIn, type Copy, placeOf} from '../../lib/gluster/copies.ts';
import {howTorn} from '../../lib/gluster/torn.ts';
import {twinpool} from '../fake/datasets.ts';
import {captured} from '../fake/gluster-store.ts';
import {type TwoBricks, twoBricks} from '../fake/two-bricks.ts';

t.jobs = 4;

t.test('what the bricks say of each other', async t => {
	const none: Copy = {type: 'file', size: 1, modified: '', changed: '', mode: '0644', owner: '0:0', gfid: 'a', blames: []};
	const pair = (one: Partial<Copy>, two: Partial<Copy>): ReturnType<typeof howTorn> =>
		howTorn([
			{id: 0, copy: {...none, ...one}},
			{id: 1, copy: {...none, ...two}},
		]);
	const blame = (brick: number, data: number, metadata = 0, entry = 0): Pick<Copy, 'blames'> => ({
		blames: [{brick, data, metadata, entry}],
	});
	t.same(pair(blame(1, 1), blame(0, 2)), ['data']);
	t.same(pair(blame(1, 1), {}), [], 'one of them is behind');
	t.same(pair(blame(1, 1), blame(0, 0, 1)), [], 'each has its part');
	t.same(pair(blame(1, 1, 1), blame(0, 3, 4)), ['data', 'metadata']);
	t.same(pair(blame(1, 0, 0, 1), blame(0, 0, 0, 1)), ['entry']);
	t.same(pair({gfid: 'b'}, {}), ['gfid']);
	t.same(pair({gfid: 'b', type: 'directory'}, {}), ['type']);
	t.same(howTorn([{id: 0, copy: none}]), []);
	const [one, two, three] = [blame(1, 1), blame(0, 1), {}].map((copy, id) => ({id, copy: {...none, ...copy}}));
	t.same(one && two && three && howTorn([one, two, three]), [], 'a third copy is right');
});

t.test('attributes as getfattr prints them', async t => {
	t.equal(
		attributesIn(captured('getfattr-images-alpha')).get('/brick/vm/images/an owner')?.get('trusted.gfid'),
		'0xb59295ebb2904a45bca04bd2b230ebaf',
	);
	t.same(
		[...attributesIn('# file: /b/a b=c\\134d\\012\u00e9\ntrusted.gfid=0x1234\n\n').keys()],
		['/b/a b=c\\d\n\u00e9'],
		'seen of gluster 10.3’s host',
	);
	t.equal(placeOf('<gfid:7416a21f-8fc7-4859-adb6-22d0d1c37985>'), '/.glusterfs/74/16/7416a21f-8fc7-4859-adb6-22d0d1c37985');
});

const torn = (both: TwoBricks): TwoBricks => {
	both.alpha.put('/heal-info', captured('heal-images'));
	return both;
};

t.test('named by file, with both copies', async t => {
	const {alpha} = torn(twoBricks(t));
	alpha.put('/fencings', captured('../pacemaker-2.1.5/stonith-history-xml-returned'));
	const {code, stdout, stderr} = await twinpool(alpha, 'split-brain', 'vm');
	t.equal(code, 1, stderr);
	t.match(stdout, /^vm: 5 files in split-brain\nbravo was fenced last, \d{4}-/u);
	t.match(stdout, /^there is no lease$/mu);
	t.match(
		stdout,
		/^\/images\/vm1\.raw: what is in it\n {2}alpha\.example\.com {2}file, 100 bytes, written 2026-11-23T10:01:00\.000Z, .*\n {2}bravo\.example\.com {2}file, 200 bytes/mu,
	);
	t.match(stdout, /^\/images\/an owner: owner, mode or attributes$/mu);
	t.match(stdout, /^\/images\/new\.raw: made on both sides, as two files$/mu);
	t.match(stdout, /^\/images: which names are in it\n.*\n.*\n {2}gluster puts the names together/mu);
	t.match(stdout, /^\/images\/kind: made on both sides, as different kinds of files$/mu);
	t.match(
		stdout,
		/on bravo\.example\.com: rm -r '\/brick\/data\/vm\/images\/kind'; rm '\/brick\/data\/vm\/\.glusterfs\/11\/b3\/11b31993-9920-4718-b503-7160eb8120a4'/u,
	);
	t.notMatch(stdout, /vm3\.raw/u, 'that one is only behind');
	const json = JSON.parse((await twinpool(alpha, 'split-brain', 'vm', '--json')).stdout);
	t.match(json, {volume: 'vm', fenced: {node: 'bravo'}, files: {length: 5}});
});

t.test('nothing torn', async t => {
	const {alpha} = twoBricks(t);
	t.match(await twinpool(alpha, 'split-brain', 'vm'), {code: 0, stdout: 'vm: nothing is in split-brain\n'});
});

t.test('chosen only when it is said, and never without a snapshot of every copy', async t => {
	const {alpha, bravo} = torn(twoBricks(t));
	t.match(await twinpool(alpha, 'split-brain', 'vm', '--keep', 'bravo'), {code: 2, stderr: /nothing was done: --yes/u});
	bravo.put('/deaf', '');
	t.match(await twinpool(alpha, 'split-brain', 'vm', '--keep', 'bravo', '--yes'), {code: 2, stderr: /no snapshot of brick\/data/u});
	t.equal(alpha.read('/chosen'), '');
	bravo.remove('/deaf');
	alpha.put('/all-chosen', '');
	const {code, stdout, stderr} = await twinpool(alpha, 'split-brain', 'vm', '--keep', 'bravo', '--yes', '/images/vm1.raw');
	t.equal(code, 0, stderr);
	t.match(
		stdout,
		/^\/images\/vm1\.raw: the copy of bravo\.example\.com stays\nevery copy is in the snapshots twinpool-split-brain-volume-vm-\d{8}T\d{6}Z\nwhole again: \/images\/vm1\.raw$/mu,
	);
	t.same(alpha.read('/chosen'), '/images/vm1.raw\n');
	t.ok(alpha.calls().some(call => call.endsWith('split-brain source-brick 10.99.0.2:/brick/data/vm /images/vm1.raw')));
	t.match(
		[alpha.snapshots(), bravo.snapshots()],
		[[/^brick\/data@twinpool-split-brain-volume-vm-/u], [/^brick\/data@twinpool-split-brain-volume-vm-/u]],
	);
	const snapshot = alpha.calls().findIndex(call => call.startsWith('zfs snapshot'));
	t.ok(snapshot < alpha.calls().findIndex(call => call.includes('source-brick')));
});

t.test('the latest, the biggest; what gluster cannot choose is left', async t => {
	const {alpha} = torn(twoBricks(t));
	alpha.put('/all-chosen', '');
	const latest = await twinpool(alpha, 'split-brain', 'vm', '--keep', 'latest', '--yes');
	t.match(latest.stdout, /^\/images\/an owner: the copy of bravo/mu, 'changed last, though written first');
	t.match(latest.stdout, /^\/images\/vm1\.raw: the copy of alpha/mu);
	t.notMatch(latest.stdout, /kind: the copy/u);
	t.match(latest.stdout, /^\/images\/new\.raw: the copy of bravo/mu);
	alpha.put('/heal-info', captured('heal-images'));
	t.match(
		(await twinpool(alpha, 'split-brain', 'vm', '--keep', 'biggest', '--yes', '/images/new.raw')).stdout,
		/new\.raw: the copy of bravo/u,
	);
});

t.test('below what is a directory on one side alone', async t => {
	const {alpha} = torn(twoBricks(t));
	alpha.put('/heal-info', captured('heal-images').replace('</file>', '</file><file gfid="x">/images/kind/in it</file>'));
	const {code, stdout, stderr} = await twinpool(alpha, 'split-brain', 'vm');
	t.equal(code, 1, stderr);
	t.match(stdout, /^vm: 5 files in split-brain$/mu);
});

t.test('no copy is the bigger one: nobody chooses for you', async t => {
	const {alpha, bravo} = torn(twoBricks(t));
	for (const here of [alpha, bravo]) {
		here.put('/brick/data/vm/images/new.raw', 'same');
	}
	const {code, stderr} = await twinpool(alpha, 'split-brain', 'vm', '--keep', 'biggest', '--yes', '/images/new.raw');
	t.match({code, stderr}, {code: 2, stderr: /\/images\/new\.raw: no copy is the biggest one; name a host for it/u});
	t.equal(alpha.read('/chosen'), '');
});

t.test('a brick that cannot be asked is not a brick with nothing torn', async t => {
	const {alpha} = twoBricks(t);
	alpha.put('/heal-info', captured('heal-healed').replace('<status>Connected', '<status>Transport endpoint is not connected'));
	const {code, stderr} = await twinpool(alpha, 'split-brain', 'vm');
	t.match({code, stderr}, {code: 2, stderr: /cannot be asked what has to be healed: Transport endpoint is not connected/u});
});

t.test('what it is told wrong', async t => {
	const {alpha} = torn(twoBricks(t));
	for (const [args, why] of [
		[[], 'expected a DRBD resource, a Gluster volume, or a pool'],
		[['none'], 'none is no DRBD resource'],
		[['vm', '/images/vm9.raw'], '/images/vm9.raw is not in split-brain: "twinpool split-brain vm" names what is'],
		[['vm', '--keep', 'charlie', '--yes'], 'charlie has no copy of /images/'],
		[['vm', '--force'], "Unknown option '--force'"],
	] as const) {
		const {code, stderr} = await twinpool(alpha, 'split-brain', ...args);
		t.equal(code, 2, args.join(' '));
		t.ok(stderr.startsWith(`twinpool split-brain: ${why}`), stderr);
	}
	t.equal(alpha.read('/chosen'), '');
});

t.test('a file that is asked about is on the brick, whatever its name and the links say', async t => {
	const {alpha} = twoBricks(t);
	alpha.put('/secret/file', 'not on the brick');
	alpha.put('/brick/data/vm-other/file', 'nor this');
	symlinkSync(`${alpha.root}/secret`, `${alpha.root}/brick/data/vm/images/way-out`);
	const files = ['/images/vm1.raw', '/../../../secret/file', '-other/file', '/images/way-out/file', '/images/way-out', '/images/..'];
	const request = {ask: 'copies', volume: 'vm', kind: 'set', sets: [], files, newer: false, within: 20_000};
	const {stdout} = await twinpool(alpha, {input: JSON.stringify(request)}, 'side');
	const {copies} = JSON.parse(stdout) as {copies: {files: (Copy | null)[]}[]};
	t.match(copies[0]?.files, [{type: 'file', size: 100}, null, null, null, {type: 'other'}, null], 'a link itself is a file of the volume');
});

t.test('a question has an end', async t => {
	const {alpha} = twoBricks(t);
	const {code, stdout} = await twinpool(alpha, {input: `{"ask": "${'x'.repeat(9 * 2 ** 20)}"}`}, 'side');
	t.match({code, stdout}, {code: 1, stdout: /"why":"this is no request of twinpool"/u});
	const {stdout: other} = await twinpool(alpha, {input: JSON.stringify({volume: 'vm', x: 'x'.repeat(9 * 2 ** 20), ask: 'sets'})}, 'side');
	t.notMatch(other, /"why":"the snapshots/u);
	t.match(other, 'this is no request of twinpool');
});
