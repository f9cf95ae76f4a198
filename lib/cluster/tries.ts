import type {Outcome} from '../lifecycle.ts';

/** The verb that did not work so far, and when it is worth another try. Milliseconds. */
export interface Tries {
	verb: string;
	pause: number;
	next: number;
}
export const NONE: Tries = {verb: '', pause: 0, next: 0};

const LEAST = 500;
/** Of what fails the same way however often it is tried, at the expense of the other host's log. */
const LATER = 10_000;

/** After a try that did not work: the pause is doubled each time, up to `most` of the verb. */
export function after(tries: Tries, verb: string, outcome: Outcome, most: Readonly<Record<string, number>>): Tries {
	const limit = 'later' in outcome ? LATER : (most[verb] ?? LEAST);
	const pause = Math.min(verb === tries.verb ? Math.max(LEAST, tries.pause * 2) : LEAST, limit);
	return {verb, pause, next: performance.now() + pause};
}
