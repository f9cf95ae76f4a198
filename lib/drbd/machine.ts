import {and, not, or, setup, stateIn} from 'xstate';
import {type Connection, DISKS, type Disk, type Facts, ROLES, type Role} from './states.ts';

/** What we do, named after the drbdadm verb. */
export type Verb = 'adjust' | 'primary' | 'secondary' | 'disconnect' | 'down';
/** What we see, named after the word that events2 prints. */
export type Token = `role:${Facts['role']}` | `disk:${Disk}` | `connection:${Connection}` | `peer-role:${Role}` | `peer-disk:${Disk}`;
/** Configuration that the guards ask: two Primaries need the word of both DRBD and the cluster manager. */
export interface Config {
	twoPrimaries: boolean;
	/** The cluster manager knows that the peer is down: a connection to it is one that DRBD has not given up yet. */
	peerDown: boolean;
}

interface Move<T extends string> {
	target: T;
	description: string;
	meta: {due: boolean};
}
type Moves<K extends string, V extends string, P extends string> = {[W in V as `${K}:${W}`]: Move<`${P}${W}`>};

/** The kernel gets there by itself (`due`: a plan may wait for it), or it merely may. */
const moves =
	<P extends '' | '.'>(dot: P, byItself: boolean, why: string) =>
	<K extends string, V extends string>(key: K, ...words: V[]): Moves<K, V, P> =>
		Object.fromEntries(
			words.map(word => [`${key}:${word}`, {target: `${dot}${word}`, description: `${why} ${key} ${word}`, meta: {due: byItself}}]),
		) as Moves<K, V, P>;
const due = moves('', true, 'DRBD gets to');
const may = moves('', false, 'DRBD may see');
const told = moves('.', false, 'the peer is seen with');

const LOST = ['Timeout', 'BrokenPipe', 'NetworkFailure', 'ProtocolError', 'TearDown'] as const;
const SETTLED = ['Inconsistent', 'Outdated', 'Consistent', 'UpToDate'] as const;
const retry = {on: due('connection', 'Unconnected')};
const adjust = {adjust: {description: 'bring the kernel in line with the configuration'}};
const behind = {tags: ['Attached', 'Degraded'] as ('Attached' | 'Degraded')[], on: {...adjust, ...may('disk', ...SETTLED, 'Failed')}};
const quiet = <T extends string>(words: readonly T[]): Record<T, object> =>
	Object.fromEntries(words.map(word => [word, {}])) as Record<T, object>;
const seen = <T extends string>(region: string, words: readonly T[]) => or(words.map(word => stateIn({up: {[region]: word}})));

/**
 * One DRBD resource on one node: what the kernel may show of it, and what we may do.
 * The regions are events2's own words, so a report is a state value and nothing is classified.
 */
export const machine = setup({
	types: {} as {
		context: Config;
		input: Config;
		events: {type: Verb | Token};
		tags: 'Stopped' | 'Unpromoted' | 'Promoted' | 'Attached' | 'Degraded' | 'Connected' | 'Failed';
	},
	guards: {
		connected: stateIn({up: {connection: 'Connected'}}),
		// The kernel itself decides on Consistent data: it asks the fence-peer handler first.
		current: or([seen('disk', ['UpToDate', 'Consistent']), and(['connected', seen('peer-disk', ['UpToDate'])])]),
		alone: not(seen('peer-role', ['Primary'])),
		twoPrimaries: ({context}) => context.twoPrimaries,
		peerDown: ({context}) => context.peerDown,
		mayPromote: and(['current', or(['alone', 'twoPrimaries'])]),
	},
}).createMachine({
	id: 'drbd',
	context: ({input}) => input,
	initial: 'down',
	states: {
		down: {tags: ['Stopped'], on: {adjust: {target: 'up', description: 'configure the resource and attach its disks'}}},
		up: {
			type: 'parallel',
			states: {
				role: {
					initial: 'Secondary',
					states: {
						Secondary: {
							tags: ['Unpromoted'],
							on: {
								primary: {
									guard: 'mayPromote',
									target: 'Primary',
									description: 'promote: fence the peer if it is not connected, then become writable',
								},
								down: {target: '#drbd.down', description: 'detach, disconnect and unconfigure the resource'},
								...may('role', 'Primary'),
							},
						},
						Primary: {
							tags: ['Promoted'],
							on: {secondary: {target: 'Secondary', description: 'demote: nobody may hold the device open'}, ...may('role', 'Secondary')},
						},
					},
				},
				disk: {
					initial: 'Attaching',
					states: {
						Diskless: {
							tags: ['Degraded'],
							on: {adjust: {target: 'Attaching', description: 'attach the disk again'}, ...may('disk', 'Attaching')},
						},
						Attaching: {on: {...may('disk', 'Negotiating', 'Diskless', 'Failed', ...SETTLED), ...due('disk', 'UpToDate')}},
						Negotiating: {on: {...may('disk', ...SETTLED, 'Failed'), ...due('disk', 'UpToDate')}},
						Inconsistent: behind,
						Outdated: behind,
						Consistent: behind,
						UpToDate: {tags: ['Attached'], on: {...adjust, ...may('disk', ...SETTLED, 'Detaching', 'Failed')}},
						Detaching: {on: due('disk', 'Diskless')},
						Failed: {tags: ['Failed'], on: due('disk', 'Diskless')},
						DUnknown: {tags: ['Degraded'], on: may('disk', ...SETTLED)},
					},
				},
				connection: {
					initial: 'Unconnected',
					states: {
						StandAlone: {
							on: {adjust: {target: 'Unconnected', description: 'connect to the peer again'}, ...may('connection', 'Unconnected')},
						},
						Unconnected: {on: due('connection', 'Connecting')},
						Connecting: {on: {...due('connection', 'Connected'), ...may('connection', ...LOST, 'Disconnecting')}},
						Connected: {
							tags: ['Connected'],
							on: {
								disconnect: {
									guard: 'peerDown',
									target: 'StandAlone',
									description: 'give up the connection to a peer that is known to be down',
								},
								...may('connection', ...LOST, 'Disconnecting'),
							},
						},
						Disconnecting: {on: due('connection', 'StandAlone')},
						Timeout: retry,
						BrokenPipe: retry,
						NetworkFailure: retry,
						ProtocolError: retry,
						TearDown: retry,
					},
				},
				// What we believe of the peer is never ours to move. A Primary that the manager knows to be gone is noticed within ping-int.
				'peer-role': {
					initial: 'Unknown',
					on: told('peer-role', ...ROLES),
					states: {
						...quiet(ROLES),
						Primary: {
							on: {
								...due('peer-role', 'Unknown'),
								disconnect: {guard: 'peerDown', target: 'Unknown', description: 'the peer is not seen any more'},
							},
						},
					},
				},
				'peer-disk': {initial: 'DUnknown', on: told('peer-disk', ...DISKS), states: quiet(DISKS)},
			},
		},
	},
});
