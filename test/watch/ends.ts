// What it costs when nothing happens, what it leaves, how it ends, and where it is shown.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {stripVTControlCharacters} from 'node:util';
import t from 'tap';
import {TWINPOOL, twinpool} from '../fake/datasets.ts';
import {alive, captured, children, drbd, ended, host, PATIENCE, started} from '../fake/watching.ts';

t.jobs = 1;
const ESCAPE = '\u001b';

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
