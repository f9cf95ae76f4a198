import {setup} from 'xstate';
import type {Word} from './states.ts';

export type Verb = 'declare' | 'lower' | 'raise' | 'complete' | 'revive' | 'halt';

interface Move {
	target: Word;
	description: string;
	meta: {due: boolean};
}

const may = (...words: Word[]): Record<string, Move> =>
	Object.fromEntries(words.map((word): [string, Move] => [word, {target: word, description: `it may become ${word}`, meta: {due: false}}]));
/** The other node sees to it. */
const due = (word: Word): Record<string, Move> => ({
	[word]: {target: word, description: 'wait for the other node to complete this copy', meta: {due: true}},
});

const says: Record<Verb, string> = {
	declare: 'have the cluster know that the other copy is behind',
	lower: 'let writes be acknowledged with this copy alone',
	raise: 'have writes need both copies',
	complete: 'have the cluster know that both copies have everything',
	revive: 'start the brick',
	halt: 'end the brick and hold glusterd: what the brick would take alone is lost',
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
	initial: 'dead',
	states: {
		together: {tags: ['Kept', 'Writable', 'Ready'], on: may('parted', 'exposed', 'left', 'dead', 'idle')},
		healing: {tags: ['Writable', 'Ready'], on: {...by('complete', 'together'), ...may('declared', 'left', 'dead', 'idle')}},
		exposed: {tags: ['Writable', 'Ready'], on: {...by('raise', 'healing'), ...may('together', 'parted', 'alone', 'left', 'dead', 'idle')}},
		parted: {on: {...by('declare', 'declared'), ...may('together', 'exposed', 'left', 'dead', 'idle')}},
		declared: {on: {...by('lower', 'alone'), ...may('healing', 'dead', 'idle')}},
		alone: {tags: ['Kept', 'Writable', 'Ready'], on: may('exposed', 'dead', 'idle')},
		left: {tags: ['Kept'], on: {...due('together'), ...may('stale', 'healing', 'exposed', 'alone', 'dead', 'halted', 'idle')}},
		stale: {on: {...by('halt', 'halted'), ...may('left', 'idle')}},
		dead: {on: {...by('revive', 'left'), ...may('together', 'exposed', 'alone', 'halted', 'idle', 'unguarded')}},
		halted: {tags: ['Kept'], on: may('dead', 'left', 'stale', 'idle')},
		idle: {tags: ['Kept'], on: may('dead', 'left', 'together', 'unguarded')},
		unguarded: {tags: ['Kept', 'Writable', 'Ready'], on: may('dead', 'idle', 'together')},
	},
});
