// What the handler does when the cluster, the tools or the command line are not as they should be.
import t from 'tap';
import {captured, constraintFor} from '../fake/captured.ts';
import {slowness} from '../fake/slowness.ts';
import {cluster, ENV_84, stage} from '../fake/stage.ts';

const READ = 'cibadmin -Q -l';
const WRITE = `cibadmin -C -o constraints -X ${constraintFor('alpha')}`;
// Much of it is waiting, as handlers do.
t.setTimeout(120_000);

t.test("the constraint is somebody else's by the time of the write", async t => {
	const host = stage(t);
	const {stdout, stderr, exit} = captured('constraint-create-exists-different');
	cluster(host, {bravo: 'fenced'}, {bravo: 'fenced', constraint: constraintFor('bravo')});
	host.text('exists', stdout);
	host.on('cibadmin-C', `cat "$D/exists"; echo "${stderr.trim()}" >&2; exit ${exit}`);
	const {code, log} = await host.run('fence-peer');
	t.equal(code, 1, 'the other one was faster: this node does not go on');
	t.same(log, [READ, WRITE, READ]);
	const again = stage(t);
	cluster(again, {bravo: 'fenced'}, {bravo: 'fenced', constraint: constraintFor('alpha')});
	again.on('cibadmin-C', 'exit 108');
	t.same(
		await again.run('fence-peer').then(run => ({code: run.code, log: run.log})),
		{code: 7, log: [READ, WRITE, READ]},
		'the same one: fine',
	);
	const odd = stage(t);
	cluster(odd, {bravo: 'fenced'});
	odd.on('cibadmin-C', 'exit 108');
	const {code: gaveUp, ms} = await odd.run('fence-peer', ['-d', '1']);
	t.equal(gaveUp, 1, 'it is there, and it is not there');
	t.ok(ms < 4000 * slowness(), `${Math.round(ms)} ms`);
});

t.test('a DC that is electing', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'fenced'});
	for (const [call, exit] of [102, 113, 114, 124, 103, 1].entries()) {
		host.on('cibadmin-C', `exit ${exit}`, call + 1);
	}
	const {code, log} = await host.run('fence-peer');
	t.equal(code, 7);
	t.equal(log.filter(command => command === WRITE).length, 7);
	const never = stage(t);
	cluster(never, {bravo: 'fenced'});
	never.on('cibadmin-C', 'exit 114');
	const gaveUp = await never.run('fence-peer', ['-d', '2']);
	t.equal(gaveUp.code, 1);
	t.ok(gaveUp.ms < 5000 * slowness(), `${Math.round(gaveUp.ms)} ms`);
	t.match(gaveUp.trace, {why: /no designated controller/u});
});

t.test('a write that the schema refuses is tried with the other word for the role', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'fenced'});
	host.on('cibadmin-C', `exit ${captured('constraint-invalid').exit}`, 1);
	const {code, log} = await host.run('fence-peer');
	t.equal(code, 7);
	t.same(log, [READ, WRITE, WRITE.replace('Master', 'Promoted')]);
	const never = stage(t);
	cluster(never, {bravo: 'fenced'});
	never.on('cibadmin-C', 'exit 78');
	t.equal((await never.run('fence-peer')).code, 1);
});

t.test('no quorum', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'fenced', quorum: false}, {bravo: 'fenced', quorum: false}, {bravo: 'fenced'});
	t.equal((await host.run('fence-peer')).code, 7, 'it comes back');
	const never = stage(t);
	cluster(never, {bravo: 'fenced', quorum: false});
	const {code, log, trace} = await never.run('fence-peer', ['-t', '1']);
	t.equal(code, 1);
	t.notOk(log.includes(WRITE));
	t.match(trace, {why: /no quorum/u});
	const write = stage(t);
	cluster(write, {bravo: 'fenced'});
	write.on('cibadmin-C', 'exit 106', 1);
	t.equal((await write.run('fence-peer')).code, 7, 'lost at the write, and back');
});

t.test('no cluster on this host', async t => {
	const host = stage(t);
	const {stderr, exit} = captured('down-cibadmin-query-local');
	host.on('cibadmin-Q', `echo "${stderr.trim().split('\n')[0]}" >&2; exit ${exit}`);
	const {code, ms, trace} = await host.run('fence-peer', ['--dc-timeout=1']);
	t.equal(code, 1);
	t.ok(ms < 4000 * slowness(), `${Math.round(ms)} ms`);
	t.match(trace, {why: /no cluster is running on this host/u});
	process.env['PATH'] = '/nonexistent';
	const missing = await host.run('fence-peer');
	t.equal(missing.code, 1);
	t.ok(missing.ms < 1000 * slowness(), 'not waited for');
	t.match(missing.trace, {why: /cibadmin is not installed/u});
});

t.test('a resource or a peer that the cluster does not know', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'fenced'});
	t.match((await host.run('fence-peer', [], {...ENV_84, DRBD_RESOURCE: 'other'})).trace, {
		code: 1,
		why: /no clone in the CIB runs the DRBD resource other/u,
	});
	t.match((await host.run('fence-peer', [], {...ENV_84, DRBD_PEER: 'charlie', DRBD_PEERS: 'charlie'})).trace, {
		code: 1,
		why: /no node of this cluster/u,
	});
	t.match(
		(await host.run('fence-peer', [], {DRBD_RESOURCE: 'vmstore', DRBD_MINOR: '0 1'})).trace,
		{code: 1, why: /no node of this cluster/u},
		'no peer given',
	);
	t.match(
		(await host.run('fence-peer', [], {...ENV_84, DRBD_PEER: 'alpha'})).trace,
		{code: 1, why: /no node of this cluster/u},
		'ourselves',
	);
	t.match((await host.run('fence-peer', [], {})).trace, {code: 1, why: /DRBD_RESOURCE is not set/u});
	host.text('proc/sys/kernel/hostname', 'delta\n');
	host.on('crm_node-n', 'echo alpha');
	t.equal((await host.run('fence-peer')).code, 7, 'the cluster has its own name for this node');
	host.on('crm_node-n', 'exit 102');
	t.match((await host.run('fence-peer')).trace, {code: 1, why: /not in the CIB under its own name/u});
});

t.test('a cibadmin that hangs, prints garbage, or dies', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'fenced'});
	host.on('cibadmin-Q', 'kill -9 $$', 1);
	host.on('cibadmin-Q', 'echo "<cib><conf"', 2);
	host.on('cibadmin-Q', 'echo hello', 3);
	t.equal((await host.run('fence-peer')).code, 7, 'asked again');
	const stuck = stage(t);
	stuck.on('cibadmin-Q', 'sleep 60');
	const {code, ms} = await stuck.run('fence-peer', ['-d', '2', '-t', '2', '--flock-timeout', '0']);
	t.equal(code, 1);
	t.ok(ms < 7000 * slowness(), `${Math.round(ms)} ms`);
});

t.test("options of the peers' scripts, and what is no option", async t => {
	const host = stage(t);
	cluster(host, {bravo: 'fenced'});
	const {code, log, trace} = await host.run('fence-peer', [
		'-i',
		'other-clone',
		'-l',
		'Promoted',
		'-p',
		'mine',
		'--logfacility',
		'local3',
		'--CTS-mode',
		'--quux',
		'-t',
		'abc',
		'word',
	]);
	t.equal(code, 7);
	t.match(log.at(-1), /rsc="other-clone" id="mine-vmstore-other-clone".*role="Promoted"/u);
	t.match(trace, {
		notes: [
			/unknown option quux ignored/u,
			/logfacility has no meaning/u,
			/CTS-mode/u,
			/argument word/u,
			/option timeout: expected seconds, got abc; the default/u,
		],
	});
	const dry = stage(t);
	cluster(dry, {bravo: 'fenced'});
	const dryRun = await dry.run('fence-peer', ['--dry-run']);
	t.same([dryRun.code, dryRun.log], [7, [READ]], 'a dry run writes nothing');
});

t.test('events that nobody knows', async t => {
	const host = stage(t);
	t.equal((await host.run('split-brains')).code, 1);
	t.equal((await host.run('constructor')).code, 1);
	t.equal((await host.run('')).code, 1);
	t.same(host.log(), []);
});
