import {setup} from 'xstate';
import {WORDS, type Word} from './states.ts';

export type Verb = 'declare' | 'lower' | 'raise' | 'complete' | 'revive' | 'halt';

interface Move {
	target: Word;
	description: string;
	meta: {due: boolean};
}

/** What the world may make of it at any time. */
const may = (...words: Word[]): Record<string, Move> =>
	Object.fromEntries(words.map((word): [string, Move] => [word, {target: word, description: `it may become ${word}`, meta: {due: false}}]));
const ANYTHING = may(...WORDS);

const says: Record<Verb, string> = {
	declare: 'have the cluster know that the other copy is behind',
	lower: 'let writes be acknowledged with this copy alone',
	raise: 'have writes need both copies',
	complete: 'have the cluster know that both copies have everything',
	revive: 'start the brick',
	halt: 'end the brick: what it would take is lost',
};
const by = (verb: Verb, target: Word): Record<string, {target: Word; description: string}> => ({
	[verb]: {target, description: says[verb]},
});

/**
 * A volume of two copies, guarded: writes need both copies until the cluster knows that one is behind, and again as soon as both are in
 * reach. While they need both and one is out of reach, clients wait (network.ping-timeout), and then fail: nothing is acknowledged.
 */
export const machine = setup({
	types: {} as {events: {type: Verb | Word}; tags: 'Kept' | 'Writable' | 'Ready'},
}).createMachine({
	id: 'volume',
	initial: 'left',
	states: {
		together: {tags: ['Kept', 'Writable', 'Ready'], on: ANYTHING},
		healing: {tags: ['Writable', 'Ready'], on: {...ANYTHING, ...by('complete', 'together')}},
		exposed: {tags: ['Writable', 'Ready'], on: {...ANYTHING, ...by('raise', 'healing')}},
		parted: {on: {...ANYTHING, ...by('declare', 'declared')}},
		declared: {on: {...ANYTHING, ...by('lower', 'alone')}},
		alone: {tags: ['Kept', 'Writable', 'Ready'], on: ANYTHING},
		left: {tags: ['Kept'], on: ANYTHING},
		stale: {on: {...ANYTHING, ...by('halt', 'halted')}},
		dead: {on: {...ANYTHING, ...by('revive', 'left')}},
		halted: {tags: ['Kept'], on: ANYTHING},
		idle: {tags: ['Kept'], on: ANYTHING},
		unguarded: {tags: ['Kept', 'Writable', 'Ready'], on: ANYTHING},
	},
});
