import {setup} from 'xstate';
import type {Word} from './states.ts';

/** What we do, named after the virsh verb. */
export type Verb = 'define' | 'start' | 'shutdown' | 'destroy';
/** What we see, named after the word that virsh prints. */
export type Token = `state:${Word}`;

interface Asked {
	/** The time of asking is over: what is still there is destroyed. */
	now: boolean;
}
interface Move {
	target: Word;
	description: string;
	meta: {due: boolean};
}

const may = <W extends Word>(...words: W[]): Record<`state:${W}`, Move> =>
	Object.fromEntries(
		words.map((word): [string, Move] => [`state:${word}`, {target: word, description: `a guest may become ${word}`, meta: {due: false}}]),
	) as Record<`state:${W}`, Move>;

const destroyIt = {target: 'shut off' as const, description: 'destroy every guest that is still there, all at once'};
const late = {...destroyIt, guard: ({context}: {context: Asked}): boolean => context.now};
const early = ({context}: {context: Asked}): boolean => !context.now;

const serving = {
	tags: ['Active', 'Started'] as ('Active' | 'Started')[],
	on: {
		shutdown: {target: 'in shutdown' as const, description: 'ask every guest to shut down', guard: early},
		destroy: late,
		...may('paused', 'in shutdown', 'shut off', 'crashed', 'pmsuspended', 'absent'),
	},
};
/** It does not react to being asked. */
const deaf = (...tags: ('Active' | 'Started')[]) => ({
	tags,
	on: {destroy: destroyIt, ...may('running', 'shut off', 'absent')},
});

/**
 * One guest, or a set of them by the one that has the longest way to go: libvirt's words for it, and what we may do.
 * A guest that is active has a process with its disks open, whatever libvirt calls it.
 */
export const machine = setup({
	types: {} as {
		context: Asked;
		events: {type: Verb | Token};
		tags: 'Stopped' | 'Started' | 'Active';
	},
}).createMachine({
	id: 'guests',
	context: {now: false},
	initial: 'absent',
	states: {
		absent: {
			tags: ['Stopped'],
			on: {define: {target: 'shut off', description: 'define every guest from the storage'}, ...may('running')},
		},
		'shut off': {
			tags: ['Stopped'],
			on: {start: {target: 'running', description: 'start the guests, some at a time, in their order'}, ...may('running', 'absent')},
		},
		running: serving,
		idle: serving,
		paused: deaf('Active', 'Started'),
		pmsuspended: deaf('Active', 'Started'),
		'in shutdown': {
			tags: ['Active', 'Started'],
			on: {
				'state:shut off': {target: 'shut off', description: 'the guests shut down', meta: {due: true}, guard: early},
				destroy: late,
				...may('running', 'absent'),
			},
		},
		crashed: deaf('Active'),
		'no state': deaf('Active'),
	},
});
