import {setup} from 'xstate';
import type {Word} from './states.ts';

/** What we do, named after the zpool verb. */
export type Verb = 'import' | 'export';
/** What we see, named after the word that the kernel prints. */
export type Token = `state:${Word}`;

interface Move {
	target: Word;
	description: string;
	meta: {due: boolean};
}
type Moves<W extends Word> = Record<`state:${W}`, Move>;

const moves =
	(certain: boolean, why: string) =>
	<W extends Word>(...words: W[]): Moves<W> =>
		Object.fromEntries(
			words.map((word): [string, Move] => [`state:${word}`, {target: word, description: `${why} ${word}`, meta: {due: certain}}]),
		) as Moves<W>;
const due = moves(true, 'the pool settles to');
const may = moves(false, 'the pool may become');

const exportIt = {export: {target: 'absent' as const, description: 'unmount every dataset and export the pool'}};
const passing = {
	tags: ['Imported', 'Passing'] as ('Imported' | 'Passing')[],
	on: {
		...exportIt,
		...due('ONLINE'),
		...may('DEGRADED', 'FAULTED', 'UNAVAIL', 'SUSPENDED', 'TRANSITIONING', 'REMOVED', 'OFFLINE', 'absent'),
	},
};
const failed = {
	tags: ['Imported', 'Failed'] as ('Imported' | 'Failed')[],
	on: {...exportIt, ...may('ONLINE', 'DEGRADED', 'FAULTED', 'UNAVAIL', 'SUSPENDED', 'absent')},
};

/**
 * One pool on one node: the kernel's words for it, and what we may do.
 * SUSPENDED has no way out by our verbs: an export would hang in the kernel for as long as the devices are away.
 */
export const machine = setup({
	types: {} as {
		events: {type: Verb | Token};
		tags: 'Stopped' | 'Started' | 'Degraded' | 'Imported' | 'Passing' | 'Failed' | 'Stuck';
	},
}).createMachine({
	id: 'zpool',
	initial: 'absent',
	states: {
		absent: {
			tags: ['Stopped'],
			on: {
				import: {target: 'ONLINE', description: 'import the pool from exactly its own devices'},
				...may('ONLINE', 'DEGRADED', 'TRANSITIONING', 'OFFLINE', 'FAULTED', 'SUSPENDED'),
			},
		},
		ONLINE: {
			tags: ['Imported', 'Started'],
			on: {...exportIt, ...may('DEGRADED', 'TRANSITIONING', 'REMOVED', 'OFFLINE', 'FAULTED', 'UNAVAIL', 'SUSPENDED', 'absent')},
		},
		DEGRADED: {
			tags: ['Imported', 'Started', 'Degraded'],
			on: {...exportIt, ...may('ONLINE', 'TRANSITIONING', 'REMOVED', 'OFFLINE', 'FAULTED', 'UNAVAIL', 'SUSPENDED', 'absent')},
		},
		OFFLINE: passing,
		REMOVED: passing,
		TRANSITIONING: passing,
		UNAVAIL: failed,
		FAULTED: failed,
		SUSPENDED: {tags: ['Imported', 'Failed', 'Stuck'], on: may('ONLINE', 'DEGRADED', 'FAULTED', 'UNAVAIL', 'absent')},
	},
});
