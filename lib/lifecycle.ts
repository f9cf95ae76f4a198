import type {AnyStateMachine, StateValue} from 'xstate';
import type {Deadline} from './deadline.ts';
import type {OcfError} from './ocf/codes.ts';
import type {Result} from './run.ts';

/** What an action is after: the tags that must hold at the end, and the verbs that it may use on the way. */
export interface Goal {
	reach: readonly string[];
	by: readonly string[];
}

/** A pure machine and the state that an observation stands for in it. */
export interface Here {
	machine: AnyStateMachine;
	value: StateValue;
	/** The machine's configuration: what its guards may ask besides the state. */
	context: Record<string, unknown>;
}

/**
 * What became of a verb: done, worth another look (with the sentence why not yet; `later`: asking again at once would only be a
 * nuisance), or refused for good.
 */
export type Outcome = {done: true} | {again: string; later?: true} | {refused: OcfError};

/**
 * The seam between a pure machine and the world: how to look, what was seen, how to act.
 * `Facts` is what one look tells; a lifecycle never keeps any of it between two looks.
 */
export interface Lifecycle<Params, Facts> {
	goals: Record<string, Goal>;
	observe(params: Params, deadline: Deadline): Promise<Facts>;
	/** The machine is imported here and not before: a healthy monitor never needs it. */
	resolve(facts: Facts, params: Params): Promise<Here>;
	act(verb: string, params: Params, facts: Facts, deadline: Deadline): Promise<Outcome>;
	/** Why there is no way from these facts to the goal, as one sentence with the remedy. */
	refusal(goal: string, facts: Facts, params: Params): OcfError;
}

/** What went wrong, as a reason for another look. */
export const again = (error: unknown): Outcome => ({again: error instanceof Error ? error.message : String(error)});

/** The same for one kind of error alone: the others are nobody's to wait for. */
export const orAgain = async (kind: new (...args: never[]) => Error, work: () => Promise<Outcome>): Promise<Outcome> => {
	try {
		return await work();
	} catch (error) {
		if (error instanceof kind) {
			return again(error);
		}
		throw error;
	}
};

/** Why there is more to do; nothing when it is done. */
export function whyNot(said: Outcome): string | undefined {
	if ('done' in said) {
		return undefined;
	}
	return 'again' in said ? said.again : said.refused.message;
}

/** A command's result as an outcome: exit 0 is done, everything else another look with the tool's last word. */
export function outcome(result: Result): Outcome {
	return result.exit === 0 ? {done: true} : {again: lastWord(result)};
}

/** The line of a failed command that says most, without line breaks. */
export function lastWord({argv, exit, stderr, stdout}: Result): string {
	const lines = `${stdout}\n${stderr}`.split('\n').map(line => line.trim());
	const said = lines.filter(line => line && !/^(Command '|additional info)/u.test(line)).at(-1);
	return `${argv.slice(0, 2).join(' ')} ended with ${exit}${said ? `: ${said.slice(0, 120)}` : ''}`;
}
