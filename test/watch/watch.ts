// twinpool watch, as it is installed, on a host whose tools print what the real ones printed: events to lines within a second, tools that
// die under it, what it costs when nothing happens, and how it ends.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {appendFileSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {type AddressInfo, createServer} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {stripVTControlCharacters} from 'node:util';
import t, {type Test} from 'tap';
import {TWINPOOL, twinpool} from '../fake/datasets.ts';
import {fixture, Watched} from '../fake/watched.ts';

t.jobs = 1;
const ESCAPE = '\u001b';
/** Milliseconds for what a busy machine does late. */
const PATIENCE = 20_000;

/** The lines of alice's captured stream between two moments. */
const captured = (version: string, from: string, to: string): string[] =>
	fixture(`${version}/alice/events2.log`)
		.split('\n')
		.filter(line => line.slice(11, 19) >= from && line.slice(11, 19) < to)
		.map(line => line.replace(/^\S+ /u, ''));

interface Running {
	child: ChildProcess;
	out(): string;
	/** The JSON lines so far. */
	seen(): Record<string, unknown>[];
	/** Wait for a line; gives the milliseconds that it took. */
	until(what: (line: Record<string, unknown>) => boolean, name: string): Promise<number>;
	/** The programs that it follows, by the first word of their command line's tool. */
	below(tool: string): number[];
}

/** drbdsetup and zpool follow files here: what is appended is an event. */
function host(t: Test): Watched & {event(...lines: string[]): void} {
	const here = new Watched(t.testdir());
	here.drbd('drbd-8.4.11', '07-resynced');
	here.put('/proc/drbd', fixture('drbd-8.4.11/alice/07-resynced/proc-drbd.txt'));
	here.put('/events', fixture('drbd-8.4.11/alice/07-resynced/events2-now.txt'));
	here.put('/zevents', '');
	here.pool('tank', 'ONLINE', 'healthy');
	here.put('/run/twinpool/x', '');
	here.put('/var/lib/pacemaker/cib/cib.xml', '');
	here.put('/var/log/pacemaker/pacemaker.log', '');
	here.tool('drbdsetup', 'case "$*" in *--now*) cat $ROOT/drbdsetup.out ;; *) exec tail -s 0.05 -n +1 -f $ROOT/events ;; esac');
	here.tool('zpool', 'case $1 in events) exec tail -s 0.05 -n +1 -f $ROOT/zevents ;; *) cat $ROOT/zpool.out ;; esac');
	here.tool('attrd_updater', 'exit $(cat $ROOT/attrd.exit 2>/dev/null || echo 0)');
	return Object.assign(here, {event: (...lines: string[]) => appendFileSync(`${here.root}/events`, `${lines.join('\n')}\n`)});
}

const children = (pid: number): number[] => {
	try {
		return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
	} catch {
		return [];
	}
};

const alive = (pid: number): boolean => {
	try {
		return !/^\d+ \(.*\) Z/su.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
	} catch {
		return false;
	}
};

function started(t: Test, here: Watched, ...args: string[]): Running {
	const env = {PATH: `${here.root}/bin:/usr/bin:/bin`, TWINPOOL_ROOT: here.root};
	const child = spawn(process.execPath, [TWINPOOL, 'watch', ...args], {env, stdio: ['ignore', 'pipe', 'pipe']});
	let [out, err] = ['', ''];
	child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
		out += chunk;
	});
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
		err += chunk;
	});
	t.teardown(() => child.kill('SIGKILL'));
	const seen = (): Record<string, unknown>[] =>
		out
			.split('\n')
			.slice(0, -1)
			.map(text => JSON.parse(text) as Record<string, unknown>);
	return {
		child,
		out: () => out + err,
		seen,
		async until(what, name) {
			const begun = performance.now();
			while (!seen().some(what)) {
				if (performance.now() - begun > PATIENCE) {
					throw new Error(`${name} was not shown: ${out}${err}`);
				}
				await sleep(10);
			}
			return performance.now() - begun;
		},
		below: tool =>
			children(child.pid ?? 0).filter(pid =>
				readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(tool === 'drbdsetup' ? '/events' : '/zevents'),
			),
	};
}

async function ended({child}: Running, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
	const over = once(child, 'exit');
	child.kill(signal);
	return ((await over) as [number | null])[0];
}

const drbd =
	(words: RegExp) =>
	(line: Record<string, unknown>): boolean =>
		line['kind'] === 'drbd' && line['node'] === 'alpha' && words.test(String(line['words']));

t.test('a link cut, a resync and a split-brain, within a second of the event', async t => {
	const here = host(t);
	const now = started(t, here, '--json');
	await now.until(drbd(/^Primary UpToDate Connected$/u), 'the first look');
	await now.until(line => line['kind'] === 'pool', 'the pool');
	for (const [name, from, to, words] of [
		['the link cut', '15:12:29', '15:12:30', /^Primary UpToDate Connecting$/u],
		['the resync', '15:12:56', '15:12:58', /^Primary UpToDate SyncSource$/u],
		['its end', '15:12:58', '15:13:10', /^Primary UpToDate Connected$/u],
		['the connection given up', '15:13:11', '15:13:12', /StandAlone$/u],
		['the sides meet', '15:13:30', '15:13:45', /StandAlone$/u],
	] as const) {
		const before = now.seen().length;
		here.event(...captured('drbd-8.4.11', from, to));
		const took = await now.until(
			line => now.seen().indexOf(line) >= 0 && drbd(words)(line) && now.seen().slice(before).some(drbd(words)),
			name,
		);
		t.ok(took < 1000, `${name}: ${Math.round(took)} ms`);
	}
	await now.until(line => line['kind'] === 'alarm' && line['words'] === 'split-brain', 'the split-brain');
	t.match(
		now.seen().find(({kind}) => kind === 'alarm'),
		{name: 'split-brain vmstore', node: 'alpha', level: 'ill', says: /^split-brain of DRBD resource vmstore, seen by alpha$/u},
	);
	t.ok(
		now.seen().some(line => /suspended:fencing/u.test(String(line['words']))) ||
			now.seen().some(line => /NetworkFailure|Connecting/u.test(String(line['words']))),
		'and what was on the way',
	);
	t.equal(await ended(now), 0);
	t.equal(here.calls().filter(call => call.startsWith('drbdsetup')).length, 2, 'one first look, and one that is followed');
});

t.test('8.4 tells how far it is in a file alone: it is read while a resync runs', async t => {
	const here = host(t);
	const now = started(t, here, '--json');
	await now.until(drbd(/Connected$/u), 'the first look');
	here.put('/proc/drbd', fixture('drbd-8.4.11/alice/03-initial-sync/proc-drbd.txt'));
	here.event(...captured('drbd-8.4.11', '15:12:56', '15:12:58'));
	const far =
		(says: RegExp) =>
		(line: Record<string, unknown>): boolean =>
			says.test(String(line['says']));
	await now.until(far(/0\.2 % done, 0:43:40 to go/u), 'how far it is');
	here.put(
		'/proc/drbd',
		fixture('drbd-8.4.11/alice/03-initial-sync/proc-drbd.txt')
			.replace("sync'ed:  0.2%", "sync'ed: 50.0%")
			.replace("sync'ed:  0.4%", "sync'ed: 51.0%"),
	);
	await now.until(far(/50\.0 % done/u), 'how far it is later');
	await ended(now);
});

t.test('what the files of agents, the cluster and ZFS say', async t => {
	const here = host(t);
	const now = started(t, here, '--json');
	await now.until(drbd(/Connected$/u), 'the first look');
	await sleep(1500);
	here.put('/run/twinpool/alarm-io-error-vmstore', 'new\nI/O error\n');
	await now.until(line => line['kind'] === 'alarm' && line['words'] === 'io-error', 'an alarm');
	here.remove('/run/twinpool/alarm-io-error-vmstore');
	await now.until(line => line['kind'] === 'alarm' && line['gone'] === true, 'its end');
	here.put('/proc/spl/kstat/zfs/tank/state', 'DEGRADED\n');
	here.pool('tank', 'DEGRADED', 'released');
	appendFileSync(`${here.root}/zevents`, 'Nov 28 2026 00:10:40.123456789 resource.fs.zfs.statechange\n');
	await now.until(line => line['kind'] === 'pool' && line['words'] === 'DEGRADED', 'a pool');
	here.cluster({bravo: 'lost'});
	appendFileSync(`${here.root}/var/log/pacemaker/pacemaker.log`, 'Nov 28 pacemaker-controld: notice: Node bravo state is now lost\n');
	await now.until(line => line['kind'] === 'node' && line['words'] === 'lost', 'a lost node');
	await ended(now);
});

t.test('it outlives the tools under it, says so, and knows afterwards what they would have told', async t => {
	const here = host(t);
	const now = started(t, here, '--json');
	await now.until(drbd(/Connected$/u), 'the first look');
	await sleep(1200);
	for (const [tool, name] of [
		['drbdsetup', 'drbdsetup events2'],
		['zpool', 'zpool events'],
	] as const) {
		const [pid = 0] = now.below(tool);
		t.ok(pid > 0, `${name} is followed`);
		process.kill(pid, 'SIGKILL');
		if (tool === 'drbdsetup') {
			writeFileSync(`${here.root}/events`, fixture('drbd-8.4.11/alice/05-link-cut/events2-now.txt'));
		}
		await now.until(
			line => line['kind'] === 'source' && line['name'] === name && /was killed by SIGKILL; again in 0\.5 s/u.test(String(line['says'])),
			`the end of ${name}`,
		);
		await now.until(line => line['kind'] === 'source' && line['name'] === name && line['gone'] === true, `the return of ${name}`);
		t.equal(now.below(tool).length, 1, 'another one');
	}
	await now.until(drbd(/Connecting$/u), 'what happened meanwhile');
	here.tool('zpool', 'case $1 in events) exit 1 ;; *) cat $ROOT/zpool.out ;; esac');
	process.kill(now.below('zpool')[0] ?? 0, 'SIGKILL');
	await now.until(line => /zpool events ended with 1; again in 2 s/u.test(String(line['says'])), 'a tool that ends again and again');
	here.remove('/proc/drbd');
	process.kill(now.below('drbdsetup')[0] ?? 0, 'SIGKILL');
	await now.until(line => line['kind'] === 'drbd' && line['gone'] === true, 'a module that is gone');
	await ended(now);
});

t.test('it costs nothing to speak of while nothing happens, and leaves nobody behind', async t => {
	const here = host(t);
	const now = started(t, here, '--json');
	await now.until(drbd(/Connected$/u), 'the first look');
	await sleep(4000);
	const ticks = (): number =>
		[now.child.pid ?? 0, ...children(now.child.pid ?? 0)]
			.map(pid =>
				readFileSync(`/proc/${pid}/stat`, 'utf8')
					.replace(/^.*\) /su, '')
					.split(' '),
			)
			.reduce((sum, fields) => sum + Number(fields[11]) + Number(fields[12]), 0);
	// The tails that play the tools look at their files twenty times a second: they are not counted.
	const own = (): number => {
		const fields = readFileSync(`/proc/${now.child.pid}/stat`, 'utf8')
			.replace(/^.*\) /su, '')
			.split(' ');
		// With the programs that it ran and waited for.
		return Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]);
	};
	t.ok(ticks() > 0);
	const seconds = 20;
	const before = own();
	const calls = here.calls().length;
	await sleep(seconds * 1000);
	t.ok(own() - before <= 0.005 * seconds * 100, `${own() - before} hundredths of a second in ${seconds} s`);
	t.equal(here.calls().length, calls, 'nothing was started');
	const all = children(now.child.pid ?? 0);
	t.ok(all.length >= 2);
	t.equal(await ended(now, 'SIGINT'), 0);
	await sleep(100);
	t.same(all.filter(alive), [], 'nobody is left');
});

t.test('lines, for people and the log', async t => {
	const here = host(t);
	const now = started(t, here);
	const begun = performance.now();
	while (!/drbd vmstore: Primary UpToDate Connected$/mu.test(now.out()) && performance.now() - begun < PATIENCE) {
		await sleep(20);
	}
	here.event(...captured('drbd-8.4.11', '15:12:29', '15:12:30'));
	while (!/Connecting -- /u.test(now.out()) && performance.now() - begun < PATIENCE) {
		await sleep(20);
	}
	t.match(
		now.out(),
		/^\d{4}-\S+Z alpha drbd vmstore: Primary UpToDate Connecting -- peer is not connected \(Connecting\): writes are not replicated$/mu,
	);
	t.notMatch(now.out(), '\u001b');
	t.equal(await ended(now, 'SIGHUP'), 0);
});

t.test('whoever reads it has had enough: it ends', async t => {
	const here = host(t);
	const now = started(t, here);
	const over = once(now.child, 'exit');
	await once(now.child.stdout as NodeJS.ReadableStream, 'data');
	now.child.stdout?.destroy();
	here.event(...captured('drbd-8.4.11', '15:12:29', '15:12:30'));
	const [code] = (await over) as [number | null];
	t.equal(code, 0);
});

t.test('on a terminal: the other screen, and back to what was there', async t => {
	for (const [name, env] of [
		['with colours', {}],
		['NO_COLOR', {NO_COLOR: '1'}],
	] as const) {
		const here = host(t);
		const child = spawn('script', ['-qefc', `stty cols 60 rows 20; exec ${process.execPath} ${TWINPOOL} watch`, '/dev/null'], {
			env: {PATH: `${here.root}/bin:/usr/bin:/bin`, TWINPOOL_ROOT: here.root, TERM: 'xterm', ...env},
			stdio: ['pipe', 'pipe', 'inherit'],
		});
		t.teardown(() => child.kill('SIGKILL'));
		let out = '';
		child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
			out += chunk;
		});
		const begun = performance.now();
		while (!/drbd vmstore/u.test(out) && performance.now() - begun < PATIENCE) {
			await sleep(20);
		}
		const over = once(child, 'exit');
		// Ctrl-C, as the terminal sends it.
		child.stdin.write('\u0003');
		const [code] = (await over) as [number | null];
		t.equal(code, 0, name);
		t.ok(out.includes(`${ESCAPE}[?1049h${ESCAPE}[?25l${ESCAPE}[H`), 'the other screen');
		t.ok(out.endsWith(`${ESCAPE}[?25h${ESCAPE}[?1049l`), 'the cursor is back');
		t.equal(out.includes(`${ESCAPE}[31m`) || out.includes(`${ESCAPE}[32m`), name !== 'NO_COLOR');
		const shown = stripVTControlCharacters(out).split('\r\n');
		t.ok(
			shown.every(text => text.length <= 61),
			'no line is wider than the window',
		);
	}
});

t.test('what a node tells the other one, and takes back', async t => {
	const here = host(t);
	here.guests();
	const now = started(t, here, '--json', '--publish');
	await now.until(drbd(/Connected$/u), 'the first look');
	const told = async (call: string): Promise<void> => {
		const begun = performance.now();
		while (!here.calls().includes(call) && performance.now() - begun < PATIENCE) {
			await sleep(20);
		}
		t.ok(
			here.calls().includes(call),
			`${call}: ${here
				.calls()
				.filter(one => one.startsWith('attrd'))
				.join('; ')}`,
		);
	};
	await told('attrd_updater -n twinpool-pool-tank -B ONLINE -d 30s');
	here.put('/attrd.exit', '1');
	here.pool('tank', 'DEGRADED', 'released');
	appendFileSync(`${here.root}/zevents`, 'statechange\n');
	await told('attrd_updater -n twinpool-pool-tank -B ill: DEGRADED -d 30s');
	await now.until(
		line => line['kind'] === 'source' && line['name'] === 'node attributes' && /ended with 1/u.test(String(line['says'])),
		'a cluster that cannot be told',
	);
	here.put('/attrd.exit', '0');
	here.pool('tank', 'ONLINE', 'healthy');
	appendFileSync(`${here.root}/zevents`, 'statechange\n');
	await now.until(line => line['kind'] === 'source' && line['name'] === 'node attributes' && line['gone'] === true, 'one that can again');
	t.equal(await ended(now), 0);
	t.ok(here.calls().includes('attrd_updater -n twinpool-pool-tank -D'), 'taken back at the end');
});

t.test('metrics', async t => {
	const here = host(t);
	const port = await free();
	const now = started(t, here, '--json', '--metrics', `127.0.0.1:${port}`);
	await now.until(drbd(/Connected$/u), 'the first look');
	const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
	const text = await (await get('/metrics')).text();
	t.match(text, /^twinpool_level\{host="alpha",level="well"\} 1$/mu);
	t.match(text, /^twinpool_item_well\{kind="drbd",name="vmstore",node="alpha"\} 1$/mu);
	t.match(text, /^twinpool_item_state\{kind="drbd",name="vmstore",node="alpha",words="Primary UpToDate Connected"\} 1$/mu);
	t.match(text, /^twinpool_pool_vdevs\{name="tank",node="alpha"\} 3$/mu);
	t.match(text, /^twinpool_source_events_total\{source="drbdsetup events2"\} \d+$/mu);
	t.match((await get('/metrics')).headers.get('content-type'), /^text\/plain; version=0\.0\.4/u);
	t.equal((await get('/')).status, 404);
	here.event(...captured('drbd-8.4.11', '15:12:29', '15:12:30'));
	await now.until(drbd(/Connecting$/u), 'the link cut');
	t.match(await (await get('/metrics')).text(), /^twinpool_item_well\{kind="drbd",name="vmstore",node="alpha"\} 0$/mu);
	t.match(await twinpool(here, 'watch', '--metrics', `127.0.0.1:${port}`), {
		code: 2,
		stdout: '',
		stderr: /^twinpool watch: nothing can be served at 127.*EADDRINUSE/u,
	});
	t.equal(await ended(now), 0);
	const dashboard = JSON.parse(readFileSync('examples/grafana-twinpool.json', 'utf8')) as {panels: {targets: {expr: string}[]}[]};
	const names = new Set(dashboard.panels.flatMap(({targets}) => targets.flatMap(({expr}) => expr.match(/\btwinpool_\w+/gu) ?? [])));
	const known = new Set([...text.matchAll(/^# TYPE (\w+)/gmu)].map(([, name]) => name));
	const sometimes = [
		'twinpool_drbd_resync_done_ratio',
		'twinpool_drbd_resync_eta_seconds',
		'twinpool_pool_resilver_done_ratio',
		'twinpool_guests_running',
		'twinpool_guests_defined',
		'twinpool_fencing_completed_timestamp_seconds',
		'twinpool_drbd_out_of_sync_bytes',
	];
	t.same(
		[...names].filter(name => !(known.has(name) || sometimes.includes(name))),
		[],
		'the dashboard asks for what there is',
	);
});

t.test('what cannot be run', async t => {
	const here = host(t);
	t.match(await twinpool(here, 'watch', '--metrics', 'x'), {
		code: 2,
		stdout: '',
		stderr: /^twinpool watch: --metrics: expected ADDRESS:PORT/u,
	});
	t.match(await twinpool(here, 'watch', '--metrics', '70000'), {code: 2, stderr: /expected ADDRESS:PORT/u});
	t.match(await twinpool(here, 'watch', '--jsn'), {code: 2, stdout: '', stderr: /^twinpool watch: Unknown option '--jsn'/u});
	t.same(readdirSync(`${here.root}/run/twinpool`), ['x'], 'and nothing is left behind');
});

/** A port that nobody has at the moment. */
async function free(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}
