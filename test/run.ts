// npm test: builds the programs, runs every test file, and ends with one plain line. npm run test:long: the searches, for hours.
import {spawn, spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {availableParallelism, cpus} from 'node:os';
import {setTimeout as pause} from 'node:timers/promises';
import {Parser, type Result} from 'tap-parser';
import {compiled} from './compiled.ts';

/** Run by commands of their own, or by a test. */
const ELSEWHERE = /^(lab|bench|fixture|fake|package\/stranger)\//u;
/** What a test has and a module beside tests has not. */
const TEST = /^import t\b.* from 'tap'/mu;
/** Begun before all others. It tells a failover in real time: seen to take over four minutes beside three others, half a minute alone. */
const FIRST = 'test/demo/story.ts';
/** Milliseconds for one file: the longest takes a tenth of it on a quiet machine, and half was seen on a slow one. The long run needs hours. */
const LONGEST = 60_000 * Number(process.env['TWINPOOL_MINUTES'] ?? 10);

/** Most files wait for most of their time. While this much of the processors is idle one more is begun, so many a processor at the most; beside the first, one. */
const EACH = 4;
const IDLE = 0.3;
/** What a file begins with is over by then, and shows in the next look. Milliseconds. */
const LOOK = 500;

interface Outcome {
	passed: number;
	failures: string[];
}

/** The failed assertion, where it stands, and what was wanted. */
function sentence({fullname, name, diag}: Result): string {
	const {at, diff, compare, found, wanted} = (diag ?? {}) as Record<string, unknown>;
	const {fileName, lineNumber} = (at ?? {}) as Record<string, unknown>;
	const compared = compare === undefined && wanted === undefined ? '' : `found  ${JSON.stringify(found)}\nwanted ${JSON.stringify(wanted)}`;
	return [[...new Set([...fullname.split(' > '), name])].join(' > '), fileName && `${fileName}:${lineNumber}`, diff ?? compared]
		.filter(Boolean)
		.join('\n')
		.trim();
}

function judge(stdout: string, stderr: string, ended: string | number): Outcome {
	const outcome: Outcome = {passed: 0, failures: []};
	const parser = new Parser();
	parser.on('pass', () => {
		outcome.passed += 1;
	});
	parser.on('fail', (result: Result) => outcome.failures.push(sentence(result)));
	parser.end(stdout);
	// What crashes, is killed or asserts nothing has failed, whatever it printed before.
	if (outcome.failures.length === 0 && (ended !== 0 || outcome.passed === 0)) {
		outcome.failures.push(`ended with ${ended} after ${outcome.passed} assertions\n${stderr.slice(-3000)}`.trim());
	}
	return outcome;
}

/** Run one file, compiled, in a process of its own. */
function run(program: string): Promise<Outcome> {
	return new Promise(resolve => {
		const child = spawn(process.execPath, ['--enable-source-maps', program], {
			stdio: ['ignore', 'pipe', 'pipe'],
			// The one limit is ours: tap's own is too short for a machine that does other things too.
			env: {...process.env, TAP_TIMEOUT: `${LONGEST / 1000}`},
			timeout: LONGEST,
			killSignal: 'SIGKILL',
		});
		const text = {stdout: '', stderr: ''};
		for (const name of ['stdout', 'stderr'] as const) {
			child[name].setEncoding('utf8').on('data', (chunk: string) => {
				text[name] += chunk;
			});
		}
		child.on('close', (code, signal) => resolve(judge(text.stdout, text.stderr, signal ?? code ?? 'nothing')));
	});
}

/** The files named, those of the folders named, or all of them. */
async function files(named: string[]): Promise<string[]> {
	const names = await readdir('test', {recursive: true});
	return names
		.filter(name => name.endsWith('.ts') && !ELSEWHERE.test(name) && TEST.test(readFileSync(`test/${name}`, 'utf8')))
		.sort()
		.map(name => `test/${name}`)
		.filter(name => named.length === 0 || named.some(one => name === one || name.startsWith(`${one}/`)));
}

/** What share of the processors was idle from now until the next look. */
async function idle(): Promise<number> {
	const count = (): number[] => cpus().map(({times}) => times.idle);
	const [before, began] = [count(), performance.now()];
	await pause(LOOK);
	const spent = count().map((now, index) => now - (before[index] ?? now));
	return spent.reduce((sum, one) => sum + one, 0) / (spent.length * (performance.now() - began));
}

/** Run them all: one a processor, and more while the processors have nothing to do. */
async function spread(files: string[], one: (file: string) => Promise<void>): Promise<void> {
	const running = new Map<string, Promise<void>>();
	for (const file of files) {
		while (running.size >= availableParallelism()) {
			const ended = Promise.race(running.values()).then(() => 0);
			const most = running.has(FIRST) ? 1 : EACH;
			const free = running.size < most * availableParallelism() ? idle() : ended;
			if ((await Promise.race([ended, free])) >= IDLE) {
				break;
			}
		}
		running.set(
			file,
			one(file).finally(() => running.delete(file)),
		);
	}
	await Promise.all(running.values());
}

async function main(): Promise<number> {
	const built = spawnSync(process.execPath, ['--import=tsx', '.ci/build.ts'], {stdio: ['ignore', 'inherit', 'inherit']});
	const total = {passed: 0, failed: built.status === 0 ? 0 : 1};
	const all = await files(process.argv.slice(2));
	const program = await compiled(all);
	const one = async (file: string): Promise<void> => {
		const begun = performance.now();
		const {passed, failures} = await run(program(file));
		total.passed += passed;
		total.failed += failures.length;
		const seconds = ((performance.now() - begun) / 1000).toFixed(1);
		const lines = failures.map(failure => `\n${failure.replace(/^/gmu, '    ')}\n`);
		process.stdout.write(
			`${failures.length > 0 ? 'FAILED' : 'ok    '} ${file}  ${passed} passed, ${failures.length} failed, ${seconds} s\n${lines.join('')}`,
		);
	};
	await spread(
		all.sort((a, b) => Number(b === FIRST) - Number(a === FIRST)),
		one,
	);
	process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
	return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main();
