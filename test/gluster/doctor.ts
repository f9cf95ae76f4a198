// twinpool doctor, of a volume: each finding on a host that has it, and none on one that is as it should be.
import {execFileSync} from 'node:child_process';
import {rmSync} from 'node:fs';
import t, {type Test} from 'tap';
import {examined} from '../../lib/gluster/doctor.ts';
import {volumeNamed} from '../../lib/gluster/store.ts';
import {twinpool} from '../fake/datasets.ts';
import {DATASET} from '../fake/gluster-life.ts';
import {captured, files} from '../fake/gluster-store.ts';
import {Tree} from '../fake/tree.ts';

const INFO = '/var/lib/glusterd/vols/vm/info';
const RECORD = Object.keys(files('10.77.2.2')).find(path => path.includes('/peers/')) ?? '';
const NOTE = JSON.stringify({me: 'alpha', mountpoint: '/vol', daemon: false});

/** Two copies that ocf:twinpool:gluster keeps. */
function host(t: Test): Tree {
	const here = new Tree(t.testdir());
	for (const [path, text] of Object.entries(files('10.77.2.2'))) {
		here.put(path, text);
	}
	here.put('/var/lib/twinpool/gluster-vm.json', DATASET);
	here.put('/run/twinpool/gluster-vm.json', NOTE);
	return here;
}

const seen = (here: Tree, volume = 'vm'): string[] => {
	process.env['TWINPOOL_ROOT'] = here.root;
	const is = volumeNamed(volume);
	const found = is ? examined(is) : [];
	Reflect.deleteProperty(process.env, 'TWINPOOL_ROOT');
	return found.map(one => one.seen);
};
t.test('two copies that are kept: nothing', async t => {
	t.same(seen(host(t)), []);
});

const option = (line: string) => (here: Tree) => here.put(INFO, `${here.read(INFO)}${line}\n`);

for (const [what, spoil, says] of [
	[
		'nobody keeps it',
		here => {
			here.remove('/run/twinpool/gluster-vm.json');
			here.put(INFO, here.read(INFO).replaceAll(/^cluster.quorum.*\n/gmu, ''));
		},
		/^volume vm has two copies, no third vote, cluster.quorum-type is none, and no ocf:twinpool:gluster runs here$/u,
	],
	['copies thrown away', option('cluster.favorite-child-policy=mtime'), /^cluster.favorite-child-policy of vm is mtime$/u],
	['a peer without a record', here => here.remove(RECORD), /^glusterd has no record of its peer \S+, which has a brick of vm$/u],
	[
		'a peer that was rejected',
		here => here.put('/var/lib/glusterd/peers/x', 'uuid=x\nstate=6\nhostname1=charlie\n'),
		/^peer charlie is in state 6/u,
	],
	[
		'quorum by the first brick',
		here => here.put(INFO, here.read(INFO).replace('quorum-type=fixed', 'quorum-type=auto')),
		/quorum-type of vm is auto with two copies/u,
	],
	['nothing heals', option('cluster.self-heal-daemon=off'), /^cluster.self-heal-daemon of vm is off$/u],
	[
		'something to heal',
		here => here.put('/brick/data/vm/.glusterfs/indices/xattrop/ee05249d', ''),
		/^1 entries of vm are not on the other side$/u,
	],
	['writes held', option('features.barrier=enable'), /^features.barrier of vm is enable$/u],
	['impatient clients', option('network.ping-timeout=5'), /^network.ping-timeout of vm is 5 s$/u],
	[
		'served at boot',
		here => here.put('/etc/systemd/system/multi-user.target.wants/glusterd.service', ''),
		/^glusterd is enabled at boot$/u,
	],
	[
		'bricks in one process',
		here => here.put('/var/lib/glusterd/options', 'cluster.brick-multiplex=on\n'),
		/^cluster.brick-multiplex is on$/u,
	],
	[
		'no ZFS',
		here => {
			here.remove('/var/lib/twinpool/gluster-vm.json');
			here.put('/proc/self/mountinfo', '20 1 0:20 / / rw - ext4 /dev/vda rw\n');
		},
		/^brick \/brick\/data\/vm is on no ZFS dataset$/u,
	],
] as [string, (here: Tree) => void, RegExp][]) {
	t.test(what, async t => {
		const here = host(t);
		spoil(here);
		const found = seen(here);
		t.match(found, [says], found.join('; '));
		t.equal(found.length, 1, 'and nothing else');
	});
}

t.test('the record of a peer, by the command that is told', async t => {
	const here = host(t);
	const before = here.read(RECORD);
	rmSync(here.root + RECORD);
	const {stdout} = await twinpool(here, 'doctor', 'vm');
	const [command = ''] = /printf .*/u.exec(stdout) ?? [];
	execFileSync('sh', ['-c', command.replace('>', `>${here.root}`)]);
	t.equal(here.read(RECORD), before);
});

t.test('a third vote', async t => {
	const here = host(t);
	here.put('/var/lib/glusterd/vols/arb/info', captured('store-arbiter'));
	here.put('/var/lib/twinpool/gluster-arb.json', DATASET);
	t.same(seen(here, 'arb'), []);
	here.put('/var/lib/glusterd/vols/arb/info', `${captured('store-arbiter')}cluster.quorum-type=none\n`);
	t.match(seen(here, 'arb'), [/^cluster.quorum-type of arb is none$/u]);
	here.put('/var/lib/glusterd/vols/arb/info', captured('store-arbiter'));
	for (const [brick, uuid] of [
		['10.99.0.1:-brick-arb1', 'u1'],
		['10.99.0.2:-brick-arb2', 'u2'],
		['10.99.0.1:-brick-arb3', 'u1'],
	]) {
		here.put(`/var/lib/glusterd/vols/arb/bricks/${brick}`, `uuid=${uuid}\n`);
		here.put(`/var/lib/glusterd/peers/${uuid}`, `uuid=${uuid}\nstate=3\n`);
	}
	t.match(seen(here, 'arb'), [/^the arbiter of arb \(10\.99\.0\.1:.*\) is on a host that has a copy, too$/u]);
});

t.test('the command, of volumes that are named', async t => {
	const here = host(t);
	t.match(await twinpool(here, 'doctor', 'vm'), {code: 0, stdout: 'vm: nothing was found\n'});
	here.put(INFO, `${here.read(INFO)}features.barrier=enable\n`);
	const {code, stdout} = await twinpool(here, 'doctor', 'vm');
	t.equal(code, 1);
	t.match(
		stdout,
		/^1\. features\.barrier of vm is enable\n {3}a snapshot .*\n {3}remedy: gluster volume set vm features\.barrier disable\n$/u,
	);
	t.match(JSON.parse((await twinpool(here, 'doctor', 'vm', '--json')).stdout), [
		{volume: 'vm', findings: [{severity: 'stuck', seen: /^features\.barrier/u}]},
	]);
	t.match(await twinpool(here, 'doctor', 'none'), {
		code: 2,
		stderr: 'twinpool doctor: glusterd of this host knows no volume none, only vm\n',
	});
	t.match(
		await twinpool(here, 'doctor'),
		{stdout: /^features\.barrier of vm is enable$|^\d+\. features\.barrier of vm is enable$/mu},
		'and with the whole host',
	);
});
