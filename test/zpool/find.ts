import t from 'tap';
import {kindOf, type Look} from '../../lib/vdev/device.ts';
import type {Label} from '../../lib/vdev/label.ts';
import {importArgs} from '../../lib/zpool/args.ts';
import {type Finding, openAs, select} from '../../lib/zpool/find.ts';
import {command} from '../../lib/zpool/import.ts';

const paper = (change: Partial<Label> = {}): Label => {
	const base: Label = {
		pool: 'tank',
		poolGuid: '1',
		guid: '11',
		topGuid: '11',
		path: '/dev/drbd0',
		state: 'active',
		txg: 5,
		hostid: 1,
		hostname: 'alpha',
		tops: 1,
		leaves: [],
		encrypted: false,
		activity: {txg: 9, listen: 0, trail: new Map(), times: new Map()},
	};
	const label = {...base, ...change};
	return {...label, leaves: change.leaves ?? [{guid: label.guid, path: label.path}]};
};
const on = (path: string, change?: Partial<Label>): Look => ({
	path,
	name: path.replace('/dev/', ''),
	kind: kindOf(path),
	label: paper(change),
});
const paths = (finding: Finding): string => ('why' in finding ? finding.why : finding.found.devices.map(({path}) => path).join(' '));

const CASES: [string, Look[], boolean, string][] = [
	['the DRBD device', [on('/dev/drbd0')], false, '/dev/drbd0'],
	['never its backing disk, which carries the same label', [on('/dev/vdb'), on('/dev/drbd0')], false, '/dev/drbd0'],
	['nor when DRBD is down', [on('/dev/vdb')], false, '/dev/vdb carries tank, but below /dev/drbd0: bring that device up and writable here'],
	[
		'nor when somebody names it',
		[on('/dev/vdb')],
		true,
		'/dev/vdb carries tank, but below /dev/drbd0: bring that device up and writable here',
	],
	['a zvol below DRBD', [on('/dev/zd0'), on('/dev/drbd0')], false, '/dev/drbd0'],
	['a disk', [on('/dev/sdb1', {path: '/dev/sdb1'})], false, '/dev/sdb1'],
	['a disk that moved', [on('/dev/sdc1', {path: '/dev/sdb1'})], false, '/dev/sdc1'],
	[
		"a guest's own pool on its zvol is not ours",
		[on('/dev/zd16', {path: '/dev/vda1'})],
		false,
		'/dev/zd16 carries tank, last used as /dev/vda1: if that is meant, name it in "devices"',
	],
	['a disk that got DRBD above it, when named', [on('/dev/drbd0', {path: '/dev/vdb'})], true, '/dev/drbd0'],
	['another pool', [on('/dev/sdb', {pool: 'other', path: '/dev/sdb'})], false, 'no device here carries pool tank'],
	[
		'a destroyed pool',
		[on('/dev/sdb', {state: 'destroyed', path: '/dev/sdb'})],
		false,
		'tank on /dev/sdb is destroyed: "zpool import -D" shows it',
	],
	[
		'two pools of one name',
		[on('/dev/sdb', {path: '/dev/sdb'}), on('/dev/sdc', {path: '/dev/sdc', poolGuid: '2', guid: '12'})],
		false,
		'2 different pools are called tank (guids 1, 2): name the right one\'s disks in "devices"',
	],
	[
		'one disk on two paths, neither as before',
		[on('/dev/sdc', {path: '/dev/sdb'}), on('/dev/sdd', {path: '/dev/sdb'})],
		false,
		'the same disk of tank shows on /dev/sdc and /dev/sdd: name the right one in "devices"',
	],
	['one disk on two paths, one as before', [on('/dev/sdb', {path: '/dev/dm-0'}), on('/dev/dm-0', {path: '/dev/dm-0'})], false, '/dev/dm-0'],
	[
		'why not',
		[{path: '/dev/drbd0', name: 'drbd0', kind: 'drbd', why: 'is not writable on this node now'}],
		false,
		'no device here carries pool tank (/dev/drbd0 is not writable on this node now)',
	],
];

t.test('which devices are the pool', async t => {
	for (const [what, looks, named, says] of CASES) {
		t.equal(paths(select('tank', looks, named)), says, what);
	}
});

t.test('a mirror with a dead leg, and a pool with a missing vdev', async t => {
	const leaves = [
		{guid: '11', path: '/dev/sdb'},
		{guid: '12', path: '/dev/sdc'},
	];
	const half = select('tank', [on('/dev/sdb', {guid: '11', topGuid: '10', path: '/dev/sdb', leaves})], false);
	t.match(half, {found: {missing: [{guid: '12', path: '/dev/sdc'}], incomplete: false}});
	t.match(select('tank', [on('/dev/sdb', {path: '/dev/sdb', tops: 2})], false), {found: {incomplete: true}});
});

t.test('the newest device is right about the owner', async t => {
	const stale = on('/dev/sdb', {
		guid: '11',
		topGuid: '10',
		path: '/dev/sdb',
		hostname: 'alpha',
		state: 'exported',
		txg: 50,
		activity: {txg: 50, listen: 0, trail: new Map(), times: new Map()},
	});
	const fresh = on('/dev/sdc', {
		guid: '12',
		topGuid: '10',
		path: '/dev/sdc',
		hostname: 'bravo',
		state: 'active',
		txg: 40,
		activity: {txg: 70, listen: 0, trail: new Map(), times: new Map()},
	});
	t.match(select('tank', [stale, fresh], false), {found: {newest: {hostname: 'bravo', state: 'active'}}});
});

t.test('the one command of a start', async t => {
	const found = (label?: Partial<Label>) => {
		const finding = select('tank', [on('/dev/drbd0', label)], false);
		if ('why' in finding) {
			throw new Error(finding.why);
		}
		return finding.found;
	};
	const line = (args: string, forced = false, label?: Partial<Label>): string =>
		command('tank', importArgs(args), found(label), forced).join(' ');
	t.equal(line(''), 'zpool import -d /dev/drbd0 -o cachefile=none tank');
	t.equal(line('', true), 'zpool import -d /dev/drbd0 -o cachefile=none -f tank');
	t.equal(
		line('-d /dev/drbd0 -N -o cachefile=/etc/zfs/zpool.cache'),
		'zpool import -d /dev/drbd0 -o cachefile=none -N tank',
		"the peers' arguments",
	);
	t.equal(line('-R /mnt -o readonly=on', true), 'zpool import -d /dev/drbd0 -o cachefile=none -f -R /mnt -o readonly=on tank');
	t.equal(line('', false, {encrypted: true}), 'zpool import -d /dev/drbd0 -o cachefile=none -l tank', 'keys only where there are any');
	t.equal(line('-l', false, {encrypted: true}), 'zpool import -d /dev/drbd0 -o cachefile=none -l tank');
	t.equal(
		line('-c /etc/zfs/pools.cache'),
		'zpool import -o cachefile=none -c /etc/zfs/pools.cache tank',
		'a cache file to read finds the devices itself',
	);
	t.equal(line('-fN'), 'zpool import -d /dev/drbd0 -o cachefile=none -N tank', 'force is decided apart');
	t.equal(importArgs('-fN').force, true);
});

t.test('arguments that are none', async t => {
	for (const bad of ['tank2', '-N other', ';reboot', '$(reboot)', '-d', '-Z', '-', '`id`', '-a', '| sh']) {
		t.throws(() => importArgs(bad), {code: 6, message: /^parameter importargs: /u}, bad);
	}
});

t.test('a device keeps the name that the pool knows it by', async t => {
	t.equal(openAs({...on('/dev/sdc', {path: '/dev/sdb'}), label: paper({path: '/dev/sdb'})}), '/dev/sdc');
});
