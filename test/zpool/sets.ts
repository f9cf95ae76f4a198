// twinpool snapshot, of a pool: all its datasets at one instant, kept in number, put back, sent on.
import t, {type Test} from 'tap';
import {surplus} from '../../lib/zfs/sets.ts';
import {Datasets, twinpool} from '../fake/datasets.ts';

t.jobs = 4;

const ALL = ['tank', 'tank/vm', 'tank/vm/disk0'];
const OLD = '20261101T000000Z';
const label = (set: string): string => `twinpool-set-pool-tank-${set}`;

function host(t: Test, ...sets: string[]): Datasets {
	const here = new Datasets(t.testdir(), ALL);
	here.put('/proc/spl/kstat/zfs/tank/state', 'ONLINE\n');
	here.put('/snapshots', sets.flatMap(set => ALL.map(dataset => `${dataset}@${label(set)}\n`)).join(''));
	return here;
}

t.test('a set is one command, and is listed', async t => {
	const here = host(t);
	const {code, stdout, stderr} = await twinpool(here, 'snapshot', 'take', 'tank');
	t.equal(code, 0, stderr);
	const set = /tank: set (\d{8}T\d{6}Z) was taken/u.exec(stdout)?.[1] ?? '';
	t.same(
		here.snapshots(),
		ALL.map(dataset => `${dataset}@${label(set)}`),
	);
	t.equal(here.calls().filter(call => call.startsWith('zfs snapshot')).length, 1);
	t.equal((await twinpool(here, 'snapshot', 'list', 'tank')).stdout, `${set}\n`);
	here.put('/deaf', '');
	const refused = await twinpool(here, 'snapshot', 'take', 'tank');
	t.equal(refused.code, 2);
	t.match(refused.stderr, /^twinpool snapshot: no snapshot of tank: zfs snapshot ended with 1: .*out of space$/mu);
});

t.test('which sets go: all but the newest whole ones; one that may be about to be made stays', async t => {
	const sets = ['1', '2', '3', '4'].map(set => ({set, whole: set !== '2'}));
	t.same(surplus(sets, 2), ['1', '2']);
	t.same(surplus(sets, 3), [], 'half a set between two that stay');
	t.same(surplus(sets, 9), [], 'half a set is better than none, while there are too few');
	t.same(surplus([...sets, {set: '5', whole: false}], 1), ['1', '2', '3']);
	t.same(surplus([{set: '1', whole: false}], 1), []);
});

t.test('pruned, and nobody else’s', async t => {
	const here = host(t, OLD, '20261102T000000Z', '20261103T000000Z');
	here.put('/snapshots', `tank@mine\ntank/vm@twinpool-set-volume-vm-${OLD}\n${here.read('/snapshots')}`);
	t.equal((await twinpool(here, 'snapshot', 'prune', 'tank', '--keep', '2')).code, 0);
	const left = here.snapshots();
	t.equal(left.length, 8, left.join(' '));
	t.notOk(left.some(name => name.endsWith(label(OLD))));
});

t.test('a rollback destroys nothing that it was not told to, and waits for nobody’s files', async t => {
	const here = host(t, OLD);
	here.put('/snapshots', `${here.read('/snapshots')}tank/vm@mine\n`);
	const refused = await twinpool(here, 'snapshot', 'rollback', 'tank', OLD);
	t.equal(refused.code, 2);
	t.match(refused.stderr, /a rollback would destroy tank\/vm@mine: --destroy-newer/u);
	here.put('/proc/self/mountinfo', '30 20 0:30 / /tank rw - zfs tank rw\n');
	here.put('/proc/4194001/maps', '7f00-7f01 r--p 00000000 00:1e 5 /tank/disk\n');
	here.put('/proc/4194001/comm', 'qemu\n');
	t.match((await twinpool(here, 'snapshot', 'rollback', 'tank', OLD, '--destroy-newer')).stderr, /tank is in use: qemu \(pid 4194001/u);
	t.equal(here.read('/rolled'), '');
	here.remove('/proc/4194001');
	const {code, stderr} = await twinpool(here, 'snapshot', 'rollback', 'tank', OLD, '--destroy-newer');
	t.equal(code, 0, stderr);
	t.same(
		here.read('/rolled').trim().split('\n'),
		ALL.map(dataset => `${dataset}@${label(OLD)}`),
	);
	t.notOk(here.snapshots().includes('tank/vm@mine'));
});

t.test('sent whole at first, then from what is there', async t => {
	const here = host(t, OLD);
	t.equal((await twinpool(here, 'snapshot', 'send', 'tank', 'backup/tank')).code, 0);
	const whole = ALL.map(dataset => `backup/${dataset}: -w ${dataset}@${label(OLD)}`);
	t.same(here.read('/received').trim().split('\n'), whole);
	t.match((await twinpool(here, 'snapshot', 'send', 'tank', 'backup/tank')).stdout, new RegExp(`^backup/tank has ${OLD}$`, 'mu'));
	const next = '20261105T000000Z';
	here.put('/snapshots', `${here.read('/snapshots')}${ALL.map(dataset => `${dataset}@${label(next)}\n`).join('')}`);
	const {code, stdout, stderr} = await twinpool(here, 'snapshot', 'send', 'tank', 'backup/tank');
	t.equal(code, 0, stderr);
	t.match(stdout, `from ${OLD} on`);
	t.same(
		here.read('/received').trim().split('\n').slice(3),
		ALL.map(dataset => `backup/${dataset}: -w -i @${label(OLD)} ${dataset}@${label(next)}`),
	);
	t.match(
		here.calls().find(call => call.startsWith('zfs receive')),
		/zfs receive -u -o readonly=on backup\/tank$/u,
	);
	here.tool(
		'zfs',
		`case $1 in receive) echo 'cannot receive: out of space' >&2; exit 1;; list) grep "^$8[@]" $ROOT/snapshots || cat $ROOT/datasets;; esac`,
	);
	t.equal((await twinpool(here, 'snapshot', 'send', 'tank', 'other/tank')).code, 2, 'what does not arrive is not said to have');
});

t.test('a pool with a copy of a volume is not rolled back alone', async t => {
	const here = host(t, OLD);
	here.put('/var/lib/glusterd/vols/vm/info', 'volume-id=x\nreplica_count=2\nbrick-0=alpha:-tank-vm-b\n');
	here.put('/var/lib/twinpool/gluster-vm.json', JSON.stringify({'/tank/vm/b': {point: '/tank/vm', type: 'zfs', source: 'tank/vm'}}));
	t.match(
		(await twinpool(here, 'snapshot', 'rollback', 'tank', OLD)).stderr,
		/tank\/vm has a copy of volume vm, which would differ from the others/u,
	);
	t.equal(here.read('/rolled'), '');
});

t.test('what it is told wrong', async t => {
	const here = host(t);
	for (const [args, why] of [
		[[], 'expected take, list'],
		[['freeze', 'tank'], 'expected take, list'],
		[['take'], 'expected take, list'],
		[['take', 'tank', 'now'], 'take tank takes nothing more'],
		[['rollback', 'tank'], 'rollback tank takes a set'],
		[['rollback', 'tank', 'yesterday'], 'yesterday is no set: "twinpool snapshot list tank" names them'],
		[['rollback', 'tank', OLD], `tank has no set ${OLD}`],
		[['prune', 'tank', '--keep', '0'], '--keep 0: expected how many sets stay'],
		[['take', 'none'], 'none is no pool that is imported here, and no volume that glusterd'],
		[['take', 'tank', '--now'], "Unknown option '--now'"],
		[['send', 'tank', '-oProxyCommand=x:tank'], 'Unknown option'],
		[['send', 'tank', 'back up'], 'back up: expected a dataset, or HOST:DATASET'],
		[['drop', 'tank', OLD], `tank has no set ${OLD}`],
		[['list', 'tank', '--before-split-brain'], 'tank is a pool: --before-split-brain is for volumes'],
		[['send', 'tank', 'backup'], 'there is no set: take one first'],
	] as const) {
		const {code, stderr} = await twinpool(here, 'snapshot', ...args);
		t.equal(code, 2, args.join(' '));
		t.ok(stderr.startsWith(`twinpool snapshot: ${why}`), stderr);
	}
	t.same(here.snapshots(), []);
});
