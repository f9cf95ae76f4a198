import type {Runner} from '../cluster/cib.ts';
import {run, ToolError} from '../run.ts';

const LONGEST = 400;

/** What a handler answers, and why, as a sentence. */
export interface Outcome {
	code: number;
	why: string;
}

/** The record of one handler's run, which becomes one line in the journal. */
export interface Trace {
	/** What was known, decided and done, as it comes to light. */
	facts: Record<string, unknown>;
	/** The sentence of each step on the way, repetitions counted. */
	path: {step: string; why: string; times: number}[];
	notes: string[];
	/** Runs a command and keeps it: what it was, how it ended, how long it took. */
	run: Runner;
	/** The whole record as one line. */
	line(): string;
}

/** `start` runs the commands that are recorded. */
export function trace(start: Runner = run): Trace {
	const begun = Date.now();
	const commands: {command: string; exit: number | string; ms: number; times: number}[] = [];
	const keep = (argv: readonly string[], exit: number | string, ms: number): void => {
		const command = argv.join(' ').slice(0, LONGEST);
		const last = commands.at(-1);
		if (last?.command === command && last.exit === exit) {
			last.times += 1;
			last.ms += Math.round(ms);
		} else {
			commands.push({command, exit, ms: Math.round(ms), times: 1});
		}
	};
	const facts: Record<string, unknown> = {};
	const path: Trace['path'] = [];
	const notes: string[] = [];
	return {
		facts,
		path,
		notes,
		async run(argv, options) {
			const started = performance.now();
			try {
				const result = await start(argv, options);
				keep(argv, result.exit, result.ms);
				return result;
			} catch (error) {
				keep(argv, error instanceof ToolError ? error.fault : 'error', performance.now() - started);
				throw error;
			}
		},
		line: () => JSON.stringify({...facts, path, commands, ...(notes.length > 0 ? {notes} : {}), ms: Date.now() - begun}),
	};
}

/** One more step on the way; the same again only counts. */
export function passed({path}: Pick<Trace, 'path'>, step: string, why: string): void {
	const last = path.at(-1);
	if (last?.step === step && last.why === why) {
		last.times += 1;
	} else {
		path.push({step, why, times: 1});
	}
}
