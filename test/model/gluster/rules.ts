import type {AnyStateMachine} from 'xstate';
import {doubt} from '../../../lib/cluster/agreed.ts';
import {copy} from '../../../lib/gluster/index.ts';
import {leads, roleOf} from '../../../lib/gluster/kept.ts';
import {alone, resigned, returned, stopped, whole} from '../../../lib/gluster/lease.ts';
import {machine} from '../../../lib/gluster/machine.ts';
import {wordOf} from '../../../lib/gluster/states.ts';

/** The product's own rules, which the model asks wherever the product does. A tooth is a set of these with one guard taken away. */
export const RULES = {
	/** lib/gluster: how a volume stands, and what the keeper does next. */
	wordOf,
	roleOf,
	leads,
	machine: machine as AnyStateMachine,
	goals: copy.goals,
	/** lib/gluster: the lease's changes. */
	alone,
	resigned,
	whole,
	/** lib/cluster: may writes be taken by fewer copies than the others think. */
	doubt,
	/** The CIB's own search for the old value (setLease), and a member's own copy of the lease (unshown): both are spoken to, not computed. */
	matches: (copyOfIt: string, before: string): boolean => copyOfIt === before,
	shows: (copyOfIt: string, lease: string): boolean => copyOfIt === lease,
	/** lib/gluster/lease.ts: who has to show the lease, and whether anybody is in doubt, is asked when it is written. */
	late: true,
	/** lib/gluster/verbs.ts: what was written but is not known to be shown to everybody is asked for before the quorum is lowered. */
	told: (told: string, lease: string): boolean => told === lease,
	/** lib/gluster/lease.ts: that all is healed is said of the lease that was read before it was looked. */
	seen: (read: string, _now: string): string => read,
	/** lib/gluster/lease.ts: a node that stops is not complete, whatever is seen of it, until it says that it is back. */
	stopped,
	returned,
	/** lib/gluster/heal.ts: no brick blames the other one. */
	healed: (blames: readonly boolean[]): boolean => !blames.includes(true),
	/** lib/gluster/verbs.ts: a raised quorum was given the time that clients need to take it up (REACHED). */
	reached: (clients: readonly number[]): boolean => !clients.includes(1),
	/** lib/gluster/start.ts: a copy that is behind is served only in sight of the other one; clients are let in only where the keeper has seen to it. */
	mayServe: (role: ReturnType<typeof roleOf>, sight: boolean): boolean => role !== 'behind' || sight,
	ready: (word: ReturnType<typeof wordOf>, count: number): boolean =>
		/^(together|healing|alone|unguarded)$/u.test(word) || (word === 'left' && count === 2),
	/** lib/gluster/stop.ts: what a stop does for the other node: gives it the say, or has its clients need both. */
	handsOver: true,
	/** And lets one copy be enough only when the other node shows that it has the say. */
	given: true,
};
export type Rules = typeof RULES;
