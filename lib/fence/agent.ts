import {readFileSync} from 'node:fs';
import {append} from '../host.ts';
import {oneLine} from '../ocf/codes.ts';
import type {Values} from '../ocf/params.ts';
import {killAll, type Result, type RunOptions, run, ToolError, whenTold} from '../run.ts';
import {STONITH, type StonithCode, StonithError} from './codes.ts';
import type {FenceParams, standard} from './parameters.ts';
import {checked, fromArgv, fromLines, type Given} from './request.ts';

/** What an action is given. */
export interface FenceCall<V> {
	action: string;
	params: V;
	run(argv: readonly [string, ...string[]], options: RunOptions): Promise<Result>;
	/** For the log, which is standard error. */
	say(sentence: string): void;
	/** The answer, on standard output. */
	print(line: string): void;
}

export interface FenceAction<V> {
	/** Whether the cluster may run it at a node's start by itself; only `on` has it, and only to deny it. */
	automatic?: false;
	perform(call: FenceCall<V>): Promise<StonithCode>;
}

/** One declaration of a STONITH agent: parsing, metadata, manual and exit codes follow from it. */
export interface FenceAgent<P extends FenceParams = FenceParams> {
	name: string;
	version: string;
	short: string;
	long: string;
	/** Where more is to be read. */
	url: string;
	params: P & typeof standard;
	actions: Record<string, FenceAction<Values<P & typeof standard>>>;
}

/** Declares an agent; only here for its types. */
export const defineFenceAgent = <P extends FenceParams>(agent: FenceAgent<P & typeof standard>): FenceAgent<P & typeof standard> => agent;

/** Everything that the cluster manager writes, to the end. */
async function standardInput(): Promise<string> {
	try {
		return readFileSync(0, 'utf8');
	} catch {
		// A pipe that has nothing yet, and does not wait.
		let text = '';
		for await (const chunk of process.stdin.setEncoding('utf8')) {
			text += chunk;
		}
		return text;
	}
}

/** Nobody who reads any more is no failure of fencing. A stream costs a millisecond or two: it is made when it is written to. */
function write(stream: 'stdout' | 'stderr', text: string): void {
	process[stream].removeAllListeners('error').on('error', () => undefined);
	process[stream].write(text);
}

/** Run what is asked for and give the exit code. Never throws; a failure is one line. */
export async function main<P extends FenceParams>(
	agent: FenceAgent<P>,
	argv: readonly string[],
	input: () => Promise<string> = standardInput,
): Promise<StonithCode> {
	let quiet = false;
	const say = (sentence: string): void => void (quiet || write('stderr', `${agent.name}: ${oneLine(sentence)}\n`));
	try {
		const given = argv.length > 0 ? fromArgv(argv, agent.params) : fromLines(await input(), agent.params);
		quiet = /^(1|yes|true|on)$/iu.test(given.values['quiet'] ?? '');
		return await act(agent, given, say);
	} catch (error) {
		say(reason(error));
		return STONITH.FAILED;
	} finally {
		killAll();
	}
}

const reason = (error: unknown): string => {
	if (error instanceof StonithError) {
		return error.message;
	}
	// A command that is not there, or died: its message is a sentence. Everything else is a mistake of ours.
	return error instanceof ToolError ? error.message : `unexpected: ${error instanceof Error ? error.message : String(error)}`;
};

async function act<P extends FenceParams>(
	agent: FenceAgent<P>,
	{values, notes}: Given,
	say: (sentence: string) => void,
): Promise<StonithCode> {
	const print = (line: string): void => write('stdout', `${line}\n`);
	const action = values['action'] ?? agent.params.action.default ?? '';
	if (values['help'] === '1' || values['version'] === '1') {
		print(values['help'] === '1' ? await usage(agent) : `${agent.name} ${agent.version}`);
		return STONITH.SUCCESS;
	}
	if (/^meta-?data$/u.test(action)) {
		const {metadata} = await import('./metadata.ts');
		write('stdout', metadata(agent as unknown as FenceAgent));
		return STONITH.SUCCESS;
	}
	const perform = Object.hasOwn(agent.actions, action) ? agent.actions[action]?.perform : undefined;
	if (!perform) {
		throw new StonithError(
			'options',
			`unrecognised action "${action.slice(0, 40)}": expected ${Object.keys(agent.actions).join(', ')} or metadata`,
		);
	}
	notes.forEach(say);
	const params = checked(agent.params, values);
	const common: Values<typeof standard> = params;
	if (common.plug === '' && /^(off|on|reboot|status)$/u.test(action)) {
		throw new StonithError('options', `parameter plug is required for ${action} and was not given: ${agent.params.plug.short}`);
	}
	whenTold(waiting => say(`${action} was told to end while waiting for ${waiting}`));
	if (common.delay > 0 && /^(off|reboot)$/u.test(action)) {
		await new Promise(resolve => void setTimeout(resolve, common.delay * 1000 - performance.now()));
	}
	return perform({action, params, run: traced(common), say, print});
}

/** Runs a command, and writes it down where that was asked for. No argument of ours is a secret. */
function traced({verbose, verbose_level: level, debug_file: file}: Values<typeof standard>): FenceCall<unknown>['run'] {
	if (!(verbose || level > 0 || file)) {
		return run;
	}
	const note = (fact: unknown): void => {
		const text = `${new Date().toISOString()} ${JSON.stringify(fact)}\n`;
		if (verbose || level > 0) {
			write('stderr', text);
		}
		if (file) {
			try {
				append(file, text);
			} catch (error) {
				write('stderr', `${error instanceof Error ? error.message : String(error)}\n`);
			}
		}
	};
	return async (argv, options) => {
		try {
			const result = await run(argv, options);
			note(result);
			return result;
		} catch (error) {
			note({argv, failed: error instanceof Error ? error.message : String(error)});
			throw error;
		}
	};
}

async function usage({name, params}: FenceAgent<FenceParams>): Promise<string> {
	const {option} = await import('./metadata.ts');
	const lines = Object.entries(params).map(([key, param]) => `  ${option(key, param).padEnd(34)} ${param.short}`);
	return `usage: ${name} [options], or name=value lines on standard input\n${lines.join('\n')}`;
}
