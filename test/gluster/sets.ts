// twinpool snapshot, of a volume: the same set below every brick, with writes held, or none at all.
import {utimesSync, writeFileSync} from 'node:fs';
import t from 'tap';
import {twinpool} from '../fake/datasets.ts';
import {cmdlineOf} from '../fake/gluster-store.ts';
import {type TwoBricks, twoBricks} from '../fake/two-bricks.ts';

t.jobs = 4;

const INFO = '/var/lib/glusterd/vols/vm/info';
const OLD = '20261101T000000Z';
const name = (set: string): string => `brick/data@twinpool-set-volume-vm-${set}`;
const barrier = ({alpha}: TwoBricks): string[] =>
	alpha
		.calls()
		.filter(call => /barrier/u.test(call))
		.map(call => call.replace(/^gluster (--\S+ )*/u, ''));

t.test('taken below both bricks while writes are held', async t => {
	const both = twoBricks(t);
	const {code, stdout, stderr} = await twinpool(both.alpha, 'snapshot', 'take', 'vm');
	t.equal(code, 0, stderr);
	const set = /vm: set (\d{8}T\d{6}Z)/u.exec(stdout)?.[1] ?? '';
	t.same([both.alpha.snapshots(), both.bravo.snapshots()], [[name(set)], [name(set)]]);
	t.same(barrier(both), ['volume barrier vm enable', 'volume barrier vm disable']);
	const order = both.alpha.calls().flatMap(call => /barrier vm (\w+)|^zfs (snapshot)/u.exec(call)?.slice(1).find(Boolean) ?? []);
	t.same(order, ['enable', 'snapshot', 'disable']);
	t.match(
		both.alpha.calls().find(call => call.startsWith('ssh')),
		/^ssh -o BatchMode=yes .* -- 10\.99\.0\.2 twinpool side$/u,
	);
	t.equal((await twinpool(both.alpha, 'snapshot', 'list', 'vm')).stdout, `${set}\n`);
});

t.test('one side cannot: neither has it, and writes go on', async t => {
	const both = twoBricks(t);
	both.bravo.put('/deaf', '');
	const {code, stderr} = await twinpool(both.alpha, 'snapshot', 'take', 'vm');
	t.equal(code, 2);
	t.match(stderr, /^twinpool snapshot: bravo\.example\.com: no snapshot of brick\/data: .*out of space/mu);
	t.same(both.alpha.snapshots(), []);
	t.equal(barrier(both).at(-1), 'volume barrier vm disable');
});

t.test('one side is out of reach', async t => {
	const both = twoBricks(t);
	writeFileSync(`${both.alpha.root}/../cut`, '');
	const {stderr} = await twinpool(both.alpha, 'snapshot', 'take', 'vm');
	t.match(stderr, /10\.99\.0\.2: "ssh 10\.99\.0\.2 twinpool side" ended with 255: No route to host/u);
	t.same(both.alpha.snapshots(), []);
});

t.test('the barrier had gone by itself: what was taken is no set', async t => {
	const both = twoBricks(t);
	both.alpha.put('/no-disable', '');
	const {code, stderr} = await twinpool(both.alpha, 'snapshot', 'take', 'vm');
	t.equal(code, 2);
	t.match(stderr, /writes were not held all the time: .*Failed to reconfigure barrier/u);
	t.same([both.alpha.snapshots(), both.bravo.snapshots()], [[], []]);
	t.match(barrier(both).at(-1), /^volume set vm features\.barrier disable$/u, 'and it is out of the volume’s file');
});

t.test('the barrier cannot be put up: it is taken away all the same', async t => {
	const both = twoBricks(t);
	both.alpha.put('/no-enable', '');
	t.match(
		(await twinpool(both.alpha, 'snapshot', 'take', 'vm')).stderr,
		/^twinpool snapshot: volume barrier: command unsuccessful : Failed to reconfigure barrier/u,
	);
	t.same(barrier(both), ['volume barrier vm enable', 'volume barrier vm disable']);
	t.same([both.alpha.snapshots(), both.bravo.snapshots()], [[], []]);
});

t.test('somebody else holds writes', async t => {
	const both = twoBricks(t);
	both.alpha.put(INFO, `${both.alpha.read(INFO)}features.barrier=enable\n`);
	t.match((await twinpool(both.alpha, 'snapshot', 'take', 'vm')).stderr, /writes to vm are held already, by another snapshot/u);
	t.same(barrier(both), []);
});

t.test('whoever held writes last was ended', async t => {
	const both = twoBricks(t);
	both.alpha.put(INFO, `${both.alpha.read(INFO)}features.barrier=enable\n`);
	utimesSync(`${both.alpha.root}${INFO}`, 1, 1);
	t.equal((await twinpool(both.alpha, 'snapshot', 'take', 'vm')).code, 0);
	t.same(barrier(both), ['volume barrier vm disable', 'volume barrier vm enable', 'volume barrier vm disable']);
});

t.test('a volume that is not healed has no set', async t => {
	const both = twoBricks(t);
	both.alpha.put('/heal', both.alpha.read('/heal').replace(/(HealPending>)0/u, '$13'));
	const {code, stderr} = await twinpool(both.alpha, 'snapshot', 'take', 'vm');
	t.equal(code, 2);
	t.match(stderr, /a set has to be whole: 3 entries to heal on/u);
	t.same(barrier(both), []);
});

t.test('a brick that is not where it was is not snapshotted', async t => {
	const both = twoBricks(t);
	both.bravo.put('/proc/self/mountinfo', '20 1 0:20 / / rw - ext4 /dev/vda rw\n');
	t.match(
		(await twinpool(both.alpha, 'snapshot', 'take', 'vm')).stderr,
		/bravo\.example\.com: brick\/data is not mounted at \/brick\/data/u,
	);
	t.same([both.alpha.snapshots(), both.bravo.snapshots()], [[], []]);
});

t.test('put back on both or on none', async t => {
	const both = twoBricks(t);
	both.alpha.put('/snapshots', `${name(OLD)}\n`);
	const roll = (...more: string[]): ReturnType<typeof twinpool> => twinpool(both.alpha, 'snapshot', 'rollback', 'vm', OLD, ...more);
	t.match((await roll()).stderr, new RegExp(`bravo.example.com: brick/data has no set ${OLD}`, 'u'));
	both.bravo.put('/snapshots', `${name(OLD)}\nbrick/data@mine\n`);
	t.match((await twinpool(both.alpha, 'snapshot', 'list', 'vm')).stdout, new RegExp(`^${OLD}$`, 'mu'));
	t.match((await roll()).stderr, /bravo\.example\.com: a rollback would destroy brick\/data@mine: --destroy-newer/u);
	both.bravo.put('/proc/4194900/cmdline', cmdlineOf('vm').replaceAll('alpha', '10.99.0.2'));
	both.bravo.put('/run/gluster/vols/vm/10.99.0.2-brick-data-vm.pid', '4194900\n');
	t.match((await roll('--destroy-newer')).stderr, /bravo\.example\.com: brick \/brick\/data\/vm runs: disable the resource/u);
	t.same([both.alpha.read('/rolled'), both.bravo.read('/rolled')], ['', '']);
	both.bravo.remove('/proc/4194900');
	const {code, stdout, stderr} = await roll('--destroy-newer');
	t.equal(code, 0, stderr);
	t.equal(stdout, `vm is as it was at ${OLD}\n`);
	t.same([both.alpha.read('/rolled'), both.bravo.read('/rolled')], [`${name(OLD)}\n`, `${name(OLD)}\n`]);
	t.same(both.bravo.snapshots(), [name(OLD)]);
});

t.test('one side fails in the middle: nobody serves either copy until it was done again', async t => {
	const both = twoBricks(t);
	for (const here of [both.alpha, both.bravo]) {
		here.put('/snapshots', `${name(OLD)}\n`);
	}
	both.bravo.put('/stuck', '');
	const failed = await twinpool(both.alpha, 'snapshot', 'rollback', 'vm', OLD);
	t.equal(failed.code, 2);
	t.match(
		failed.stderr,
		/bravo\.example\.com: only nothing was rolled back: .*the copies of vm differ now, and are not served; run the same command again/u,
	);
	t.same([both.alpha.read('/rolled'), both.bravo.read('/rolled')], [`${name(OLD)}\n`, '']);
	const mark = '/var/lib/twinpool/gluster-vm.rollback';
	t.same([both.alpha.read(mark), both.bravo.read(mark)], [`${OLD}\n`, `${OLD}\n`]);
	both.bravo.remove('/stuck');
	t.equal((await twinpool(both.alpha, 'snapshot', 'rollback', 'vm', OLD)).code, 0);
	t.same([both.alpha.read(mark), both.bravo.read(mark)], ['', '']);
});

t.test('the cluster has it started; and what is held is not destroyed', async t => {
	const both = twoBricks(t);
	for (const here of [both.alpha, both.bravo]) {
		here.put('/snapshots', `${name(OLD)}\n`);
	}
	both.bravo.put('/run/twinpool/gluster-vm.json', JSON.stringify({me: 'bravo', mountpoint: '', daemon: true}));
	const roll = async (): Promise<string> => (await twinpool(both.alpha, 'snapshot', 'rollback', 'vm', OLD, '--destroy-newer')).stderr;
	t.match(await roll(), /bravo\.example\.com: the cluster has the volume started here: disable the resource/u);
	both.bravo.remove('/run/twinpool/gluster-vm.json');
	both.bravo.put('/snapshots', `${name(OLD)}\nbrick/data@mine\t1\t-\n`);
	t.match(await roll(), /bravo\.example\.com: brick\/data@mine cannot be destroyed: it is held/u);
	t.same([both.alpha.read('/rolled'), both.bravo.read('/rolled')], ['', '']);
});

t.test('a host without a brick of its own says so', async t => {
	const both = twoBricks(t);
	both.bravo.put('/var/lib/glusterd/glusterd.info', 'UUID=ffffffff-5866-4f2b-831f-b3f087c24df2\n');
	t.match(
		(await twinpool(both.alpha, 'snapshot', 'take', 'vm')).stderr,
		/glusterd of bravo\.example\.com knows no brick of its own of volume vm/u,
	);
	t.same(both.alpha.snapshots(), []);
});

t.test('half a set is named, and pruned when enough are whole', async t => {
	const both = twoBricks(t);
	both.alpha.put('/snapshots', [OLD, '20261102T000000Z', '20261103T000000Z'].map(set => `${name(set)}\n`).join(''));
	both.bravo.put('/snapshots', [OLD, '20261103T000000Z'].map(set => `${name(set)}\n`).join(''));
	t.match((await twinpool(both.alpha, 'snapshot', 'list', 'vm')).stdout, /^20261102T000000Z {2}not whole: it cannot be restored$/mu);
	t.equal((await twinpool(both.alpha, 'snapshot', 'prune', 'vm', '--keep', '2')).code, 0);
	t.same(both.alpha.snapshots().length, 3, 'between two that stay');
	t.equal((await twinpool(both.alpha, 'snapshot', 'prune', 'vm', '--keep', '1')).code, 0);
	t.same(both.alpha.snapshots(), [name('20261103T000000Z')]);
});

t.test('what asks a side need not be twinpool', async t => {
	const {alpha} = twoBricks(t);
	alpha.tool('ssh', 'echo welcome to bravo');
	t.match(
		(await twinpool(alpha, 'snapshot', 'list', 'vm')).stderr,
		/10\.99\.0\.2 answered "welcome to bravo": twinpool of the same version has to be there/u,
	);
	const side = await twinpool(alpha, 'side');
	t.equal(side.code, 1);
	t.match(JSON.parse(side.stdout), {why: 'this is no request of twinpool'});
});
