// The command itself: what it prints and how it ends, whatever it is given, and whatever the host has.
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import t from 'tap';
import {statOf} from '../../lib/host.ts';
import {TWINPOOL, twinpool} from '../fake/datasets.ts';
import {DoctorHost} from '../fake/doctor-host.ts';
import {Tree} from '../fake/tree.ts';

/** Some of it only root may read, so that nobody else gets a clean bill. */
const CLEAN = process.getuid?.() === 0 ? 0 : 2;

const environment = (here: Tree): NodeJS.ProcessEnv => ({
	PATH: `${here.root}/bin:/usr/bin:/bin`,
	TWINPOOL_ROOT: here.root,
	HOME: here.root,
});

/** A host whose ssh leads to the other one's twinpool. */
function reaching(here: DoctorHost, there: DoctorHost): void {
	here.tool(
		'ssh',
		`exec env -i PATH=${there.root}/bin:/usr/bin:/bin HOME=${there.root} TWINPOOL_ROOT=${there.root} ${process.execPath} ${TWINPOOL} side`,
	);
}

t.test('nothing found, and something found', async t => {
	const here = DoctorHost.made(t.testdir({}), 'drbd');
	const clean = await twinpool(here, 'doctor');
	t.equal(clean.code, CLEAN, clean.stdout + clean.stderr);
	t.match(
		clean.stdout,
		CLEAN === 0
			? /^alpha: nothing was found\nwhat has to fit on the other host is compared with --peer HOST\n$/u
			: /not examined: what only root/u,
	);
	here.remove('/etc/hostid');
	const ill = await twinpool(here, 'doctor');
	t.equal(ill.code, 1, ill.stderr);
	t.match(ill.stdout, /^1\. this host has no host id \(it is 0\)\n {3}the label .*\n {3}remedy: zgenhostid/u);
	t.notMatch(ill.stdout, '\u001B', 'piped: nothing but text');
	t.match(JSON.parse((await twinpool(here, 'doctor', '--json')).stdout), {
		hosts: ['alpha'],
		findings: [{check: 'no host id', severity: 'loss', host: 'alpha', seen: /no host id/u, hurts: String, fix: String}],
	});
});

t.test('what it is not given, or given wrongly', async t => {
	const here = DoctorHost.made(t.testdir({}), 'drbd');
	for (const [argv, says] of [
		[['--colour'], /^twinpool doctor: Unknown option '--colour'/u],
		[['--peer'], /^twinpool doctor: Option '--peer <value>' argument missing/u],
		[['none'], /^twinpool doctor: glusterd of this host knows no volume none\n$/u],
		[['vm', '--peer', 'bravo'], /^twinpool doctor: expected VOLUME, or --peer HOST/u],
	] as const) {
		const {code, stdout, stderr} = await twinpool(here, 'doctor', ...argv);
		t.equal(code, 2);
		t.equal(stdout, '');
		t.match(stderr, says);
		t.notMatch(stderr, /\n\s+at /u, 'no stack');
	}
	t.match(await twinpool(here, 'doctor', '--help'), {code: 0, stdout: /^usage: twinpool doctor /u});
	t.match(await twinpool(new Tree(t.testdir({empty: {}})), 'doctor'), {
		code: 2,
		stdout: '',
		stderr: /^twinpool doctor: there is nothing to examine/u,
	});
});

t.test('what cannot be looked at is said, and is no clean bill', async t => {
	const here = DoctorHost.made(t.testdir({}), 'drbd');
	here.tool('drbdsetup', 'echo "No module" >&2; exit 20');
	const without = await twinpool(here, 'doctor');
	t.equal(without.code, 2);
	t.match(without.stdout, /^not examined: how DRBD stands: it ended with 20: No module$/mu);
	t.notMatch(without.stdout, /nothing was found/u);
	t.match(JSON.parse((await twinpool(here, 'doctor', '--json')).stdout).missed, [
		{host: 'alpha', what: 'how DRBD stands', why: /No module/u},
	]);
});

t.test('a cluster that does not run: what it keeps for its next start is examined', async t => {
	const here = DoctorHost.made(t.testdir({}), 'drbd');
	here.put('/var/lib/pacemaker/cib/cib.xml', here.read('/cib.xml'));
	here.tool('cibadmin', 'exit 102');
	here.tool('stonith_admin', 'exit 102');
	const down = await twinpool(here, 'doctor');
	t.equal(down.code, 2, down.stdout);
	t.match(down.stdout, /^not examined: how the cluster stands now: .*no cluster is running on this host$/mu);
	here.change('/var/lib/pacemaker/cib/cib.xml', 'name="stonith-enabled" value="true"', 'name="stonith-enabled" value="no"');
	t.match(await twinpool(here, 'doctor'), {code: 1, stdout: /^1\. stonith-enabled is false\n/u});
	here.remove('/var/lib/pacemaker');
	t.match(await twinpool(here, 'doctor'), {stdout: /^not examined: the cluster's configuration: /mu});
});

t.test('a suspended pool: nothing is asked that would hang', async t => {
	const here = DoctorHost.made(t.testdir({}), 'drbd');
	here.put('/proc/spl/kstat/zfs/tank/state', 'SUSPENDED\n');
	const {code, stdout} = await twinpool(here, 'doctor');
	t.equal(code, 1);
	t.match(stdout, /^1\. pool tank is SUSPENDED\n/u);
	t.match(stdout, /^not examined: the pools: zpool is not asked: it would hang, as pool tank is suspended$/mu);
	t.notOk(here.calls().some(call => call.startsWith('zpool')));
});

t.test('the other host, through ssh', async t => {
	const root = t.testdir({});
	const [here, there] = [DoctorHost.made(`${root}/here`, 'drbd'), DoctorHost.made(`${root}/there`, 'drbd', 'bravo')];
	reaching(here, there);
	const clean = await twinpool(here, 'doctor', '--peer', 'bravo');
	t.equal(clean.code, CLEAN, clean.stdout + clean.stderr);
	t.ok(here.calls().some(call => /^ssh -o BatchMode=yes .* -- bravo twinpool side$/u.test(call)));
	there.remove('/etc/hostid');
	const ill = await twinpool(here, 'doctor', '--peer', 'bravo');
	t.match(ill, {code: 1, stdout: /^1\. bravo: this host has no host id \(it is 0\)\n/u});
	there.hostid(0x1_23_45_67);
	here.hostid(0x1_23_45_67);
	t.match(await twinpool(here, 'doctor', '--peer', 'bravo'), {code: 1, stdout: /^1\. alpha and bravo have the same host id, 1234567\n/u});
	here.tool('ssh', 'echo "ssh: connect to host bravo port 22: No route to host" >&2; exit 255');
	t.match(await twinpool(here, 'doctor', '--peer', 'bravo'), {
		code: 2,
		stdout: '',
		stderr: 'twinpool doctor: "ssh bravo twinpool side" ended with 255: ssh: connect to host bravo port 22: No route to host\n',
	});
	here.tool('ssh', `echo '{"host":"bravo","why":"this is no request of twinpool","sets":[],"copies":[]}'; exit 1`);
	t.match(await twinpool(here, 'doctor', '--peer', 'bravo'), {code: 2, stderr: /twinpool of the same version has to be there\n$/u});
});

t.test('a narrow terminal, and one without colours', async t => {
	const here = DoctorHost.made(t.testdir({}), 'drbd');
	here.remove('/etc/hostid');
	const env = environment(here);
	const shown = spawnSync('script', ['-qec', `stty cols 60; ${process.execPath} ${TWINPOOL} doctor`, '/dev/null'], {env, encoding: 'utf8'});
	const lines = shown.stdout.split(/\r?\n/u).map(line => line.split('\u001B[K').at(-1) ?? '');
	t.ok(lines.length > 5, shown.stdout + shown.stderr);
	t.same(
		lines.filter(line => line.length > 60),
		[],
		'no line is wider than the terminal',
	);
	const plain = spawnSync(process.execPath, [TWINPOOL, 'doctor'], {env: {...env, NO_COLOR: '1'}, encoding: 'utf8'});
	t.notMatch(plain.stdout, '\u001B');
	const cut = spawnSync('sh', ['-c', `${process.execPath} ${TWINPOOL} doctor | head -n 1`], {env, encoding: 'utf8'});
	t.match(cut, {stdout: /^1\. this host has no host id/u, stderr: ''}, 'a reader that goes early');
});

t.test('Ctrl-C: it ends at once, and so does what it waits for', async t => {
	const here = DoctorHost.made(t.testdir({}), 'drbd');
	here.tool('cibadmin', 'echo $$ >$ROOT/waiting; exec sleep 60');
	// A group of its own, as a shell gives to what it runs: the terminal's signal goes to all of it.
	const child = spawn(process.execPath, [TWINPOOL, 'doctor'], {env: environment(here), stdio: 'ignore', detached: true});
	for (let looks = 0; looks < 200 && here.read('/waiting') === ''; looks += 1) {
		await sleep(50);
	}
	const stat = `/proc/${here.read('/waiting').trim()}/stat`;
	const over = once(child, 'exit') as Promise<[number | null, string | null]>;
	process.kill(-(child.pid ?? 0), 'SIGINT');
	const [, signal] = await over;
	t.equal(signal, 'SIGINT');
	await sleep(100);
	const [state] = statOf(existsSync(stat) ? readFileSync(stat, 'utf8') : '');
	t.ok(state === '' || state === 'Z', 'nothing is left behind, but what nobody has waited for yet');
});

t.test('what another host is told has no secret in it', async t => {
	const here = DoctorHost.made(t.testdir({}), 'drbd');
	here.change('/cib.xml', '<nvpair ', '<nvpair id="fence-alpha-passwd" name="passwd" value="hunter2"/><nvpair ');
	here.put('/var/lib/pacemaker/cib/cib.xml', here.read('/cib.xml'));
	here.tool('drbdadm', `case "$1" in dump-xml) echo '<config><option name="shared-secret" value="hunter2"/></config>' ;; esac`);
	const {stdout, stderr} = await twinpool(here, {input: '{"ask": "facts"}'}, 'side');
	const record = JSON.parse(stdout) as {tools: {cib: {stdout: string}; dump: {stdout: string}}; texts: {kept: string}};
	const {tools, texts} = record;
	for (const text of [tools.cib.stdout, tools.dump.stdout, texts.kept]) {
		t.match(text, 'value="***"', stderr);
	}
	t.notMatch(stdout, 'hunter2');
});
