import type {ChildProcess} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {transcribe} from './transcript.ts';

/** A program and its arguments: never a shell line. */
export type Argv = readonly [file: string, ...args: string[]];

/** What a command did. `exit` is its exit code; times in milliseconds. */
export interface Result {
	argv: Argv;
	exit: number;
	stdout: string;
	stderr: string;
	ms: number;
}

export interface RunOptions {
	/** Milliseconds until the command and everything below it is killed. */
	timeout: number;
	/** Written to the command's standard input, which is empty otherwise; what comes later finds a command that has started. */
	input?: string | Promise<string>;
	/** Added to the inherited environment. */
	env?: Record<string, string>;
	/** Gives the command up before its time; the reason, a sentence, is what the ToolError says. */
	signal?: AbortSignal;
}

export type ToolFault = 'missing' | 'denied' | 'timeout' | 'signal' | 'flood';

/** A command that gave no answer: not there, not allowed, too slow, killed, or more output than anybody reads. */
export class ToolError extends Error {
	readonly fault: ToolFault;
	readonly tool: string;
	constructor(fault: ToolFault, tool: string, message: string) {
		super(message);
		this.name = 'ToolError';
		this.fault = fault;
		this.tool = tool;
	}
}

const LIMIT = 8 * 1024 * 1024;
/** How long a killed child may take to be gone before we call it stuck in the kernel. */
const GRACE = 250;
const running = new Map<ChildProcess, Argv>();

/**
 * Run one command to its end, in the C locale, with a deadline and an output limit.
 * Any exit code is an answer; no answer is a ToolError. Node's own spawn on purpose: importing a wrapper costs half
 * an empty node on every monitor (test/bench), and killing a tree with members stuck in the kernel is our business.
 */
export async function run(argv: Argv, {timeout, input, env, signal}: RunOptions): Promise<Result> {
	const [file] = argv;
	const start = await starter();
	const begun = performance.now();
	return new Promise<Result>((resolve, reject) => {
		const child = start(argv, input === undefined ? 'ignore' : 'pipe', env);
		const text = {stdout: '', stderr: ''};
		let [ended, over] = [false, false];
		const finish = (answer: number | ToolError): void => {
			if (over) {
				return;
			}
			over = true;
			clearTimeout(timer);
			signal?.removeEventListener('abort', gaveUp); // its number may be somebody else's by then
			child.stdout?.destroy();
			child.stderr?.destroy();
			const ms = performance.now() - begun;
			const failed = answer instanceof ToolError;
			transcribe({argv, ...text, end: failed ? {fault: answer.fault, message: answer.message} : {exit: answer}, ms});
			if (failed) {
				reject(answer);
			} else {
				resolve({argv, exit: answer, ...text, ms});
			}
		};
		const abandon = (fault: ToolFault, why: string): void => {
			killTree(child.pid);
			// What does not die of SIGKILL sits in the kernel: said, not waited for.
			const stuck = setTimeout(() => {
				child.unref();
				const where = stateOf(child.pid) === 'D' ? ', and is stuck in the kernel (state D)' : '';
				finish(new ToolError(fault, file, `${file} ${why}${where}`));
			}, GRACE);
			child.once('exit', () => {
				clearTimeout(stuck);
				finish(new ToolError(fault, file, `${file} ${why}`));
			});
		};
		const timer = afterNews(timeout, () => {
			if (!(ended || over)) {
				abandon('timeout', `gave no answer within ${(timeout / 1000).toFixed(1)} s (${argv.slice(1, 4).join(' ')})`);
			}
		});
		const gaveUp = (): void => abandon('timeout', String(signal?.reason));
		signal?.addEventListener('abort', gaveUp, {once: true});
		for (const name of ['stdout', 'stderr'] as const) {
			child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
				text[name] += chunk;
				if (text[name].length > LIMIT && !over) {
					abandon('flood', `printed more than ${LIMIT / 1024 / 1024} MiB`);
				}
			});
		}
		child.stdin?.on('error', () => undefined);
		void Promise.resolve(input).then(given => child.stdin?.end(given));
		child.on('error', (error: NodeJS.ErrnoException) => finish(notStarted(file, error)));
		child.on('exit', (code, killer) => {
			ended = true;
			const answer = code ?? new ToolError('signal', file, `${file} was killed by ${killer}`);
			// A grandchild may keep the pipe open: its output is not waited for longer than this.
			const late = afterNews(GRACE, () => finish(answer));
			child.once('close', () => {
				clearTimeout(late);
				finish(answer);
			});
		});
	});
}

/**
 * A timer comes before what came in while we computed, and that may be the answer: two children that end together are told of before
 * anybody has looked at what they printed (seen: crm_node's word was lost to the parsing of a CIB). A pipe holds 64 KiB, read in one look.
 */
const afterNews = (ms: number, then: () => void): NodeJS.Timeout => setTimeout(() => setImmediate(then), ms);

type Start = (argv: Argv, stdin: 'ignore' | 'pipe', env?: RunOptions['env']) => ChildProcess;

/** What starts a program, in the C locale; it ends with this one. Imported late: node 18 cannot keep this module in a start-up snapshot. */
export async function starter(): Promise<Start> {
	const {spawn} = await import('node:child_process');
	endTogether();
	return (argv, stdin, env) => {
		const [file, ...args] = argv;
		const child = spawn(file, args, {stdio: [stdin, 'pipe', 'pipe'], env: {...process.env, LC_ALL: 'C', ...env}});
		running.set(child, argv);
		const over = (): boolean => running.delete(child);
		return child.once('exit', over).once('error', over);
	};
}

export function notStarted(file: string, {code, message}: NodeJS.ErrnoException): ToolError {
	if (code === 'ENOENT') {
		return new ToolError('missing', file, `${file} is not installed`);
	}
	return new ToolError('denied', file, `${file} cannot be started: ${message}`);
}

/** What to say when we are told to end while commands run. */
let tell: (waiting: string) => void = () => undefined;
export const whenTold = (say: typeof tell): void => {
	tell = say;
};

let together = false;
/** Told to end: say what we were waiting for, and leave no child behind. Only once there are children: a signal costs its watcher. */
function endTogether(): void {
	if (!together) {
		together = true;
		process.once('SIGTERM', () => {
			tell([...running.values()].map(argv => argv.slice(0, 3).join(' ')).join(', ') || 'nothing');
			killAll();
			process.kill(process.pid, 'SIGTERM');
		});
	}
}

/** Kill every command that is still running, and all below it. */
export function killAll(): void {
	for (const {pid} of running.keys()) {
		killTree(pid);
	}
}

export function killTree(pid: number | undefined): void {
	if (pid === undefined) {
		return;
	}
	const below = proc(`${pid}/task/${pid}/children`).trim().split(/\s+/u).filter(Boolean);
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		// Gone already: that is what was asked for.
	}
	for (const child of below) {
		killTree(Number(child));
	}
}

const stateOf = (pid: number | undefined): string | undefined => /\) (\w)/u.exec(proc(`${pid}/stat`))?.[1];

/** Our own children live in the real /proc, also when a simulated host is looked at. */
function proc(path: string): string {
	try {
		return readFileSync(`/proc/${path}`, 'utf8');
	} catch {
		return '';
	}
}
