import {and, not, setup, stateIn} from 'xstate';
import type {SessionWord, VdevWord} from './states.ts';

/** What we do: iscsiadm's and zpool's verbs, and `release`, a logout that lets held I/O fail. */
export type Verb = 'login' | 'release' | 'online';
/** What we see. */
export type Token = `session:${SessionWord}` | `vdev:${VdevWord}`;

interface Move {
	target: string;
	description: string;
	meta: {due: boolean};
}

const may =
	(region: 'session' | 'vdev', what: string) =>
	(...words: string[]): Record<string, Move> =>
		Object.fromEntries(
			words.map((word): [string, Move] => [`${region}:${word}`, {target: word, description: `${what} ${word}`, meta: {due: false}}]),
		);
const session = may('session', 'the session may become');
const vdev = may('vdev', 'the vdev may become');

const release = {release: {target: 'none', description: 'let the lost leg go: its held writes fail, and the pool goes on without it'}};
const online = {
	online: {guard: 'reachable' as const, target: 'ONLINE', description: 'bring the leg back into its mirror: what it missed is resilvered'},
};

/**
 * One leg of a mirror on the node that has the pool: the session that carries it, and its vdev. A session that failed holds the pool's
 * writes until it is back or let go, as replacement_timeout is off: nothing is acknowledged without this leg before the cluster
 * knows that the leg is behind.
 */
export const machine = setup({
	types: {} as {
		events: {type: Verb | Token};
		tags: 'LoggedIn' | 'Settled' | 'Held' | 'Serves' | 'Lost';
	},
	guards: {
		/** Only over a session that works; whether it is the right disk is asked before the verb is used. */
		reachable: and([stateIn({session: 'LOGGED_IN'}), not(stateIn({vdev: 'absent'}))]),
	},
}).createMachine({
	id: 'leg',
	type: 'parallel',
	states: {
		session: {
			initial: 'none',
			states: {
				none: {
					tags: ['Settled'],
					on: {
						login: {target: 'LOGGED_IN', description: 'log in to the target with the timers of this leg'},
						...session('LOGGED_IN', 'FAILED', 'FREE'),
					},
				},
				LOGGED_IN: {tags: ['LoggedIn', 'Settled'], on: session('none', 'FAILED', 'FREE')},
				FAILED: {tags: ['Held'], on: {...release, ...session('none', 'LOGGED_IN', 'FREE')}},
				FREE: {tags: ['Held'], on: {...release, ...session('none', 'LOGGED_IN', 'FAILED')}},
			},
		},
		vdev: {
			initial: 'absent',
			states: {
				absent: {tags: ['Serves'], on: vdev('ONLINE', 'DEGRADED', 'OFFLINE', 'REMOVED', 'UNAVAIL', 'FAULTED')},
				ONLINE: {tags: ['Serves'], on: vdev('absent', 'DEGRADED', 'OFFLINE', 'REMOVED', 'UNAVAIL', 'FAULTED')},
				// Serves, with checksum errors: for people.
				DEGRADED: {tags: ['Serves'], on: vdev('absent', 'ONLINE', 'OFFLINE', 'REMOVED', 'UNAVAIL', 'FAULTED')},
				// Somebody's "zpool offline": theirs to take back.
				OFFLINE: {tags: ['Serves'], on: vdev('absent', 'ONLINE', 'DEGRADED', 'REMOVED', 'UNAVAIL', 'FAULTED')},
				REMOVED: {tags: ['Lost'], on: {...online, ...vdev('absent', 'ONLINE', 'OFFLINE', 'UNAVAIL', 'FAULTED')}},
				UNAVAIL: {tags: ['Lost'], on: {...online, ...vdev('absent', 'ONLINE', 'OFFLINE', 'REMOVED', 'FAULTED')}},
				FAULTED: {tags: ['Lost'], on: {...online, ...vdev('absent', 'ONLINE', 'OFFLINE', 'REMOVED', 'UNAVAIL')}},
			},
		},
	},
});
