/**
 * How a volume of two copies stands, seen from one node. `ahead`: the lease says that this node's copy has everything and the other
 * one's has not. The quorum is the clients' own: how many copies a write must reach to be acknowledged.
 */
export const WORDS = [
	/** Both copies have everything, and writes need both. */
	'together',
	/** Both are in reach and writes need both; the other one is being healed. */
	'healing',
	/** Both are in reach, and writes do not need both. */
	'exposed',
	/** The other one is out of reach, and nobody knows that it will miss writes: clients wait. */
	'parted',
	/** The cluster knows, and writes still need both. */
	'declared',
	/** This copy alone, by right. */
	'alone',
	/** The other node has the say: this copy is behind, or waits to be. */
	'left',
	/** Behind, and out of the other one's reach: when that is back, clients here may hear that one copy is enough before they find it. */
	'stale',
	/** The brick does not run, and may. */
	'dead',
	/** The brick does not run, and may not: it is behind, and the other one is out of reach, or not found by clients yet. */
	'halted',
	/** Somebody stopped the volume. */
	'idle',
	/** A third vote decides: an arbiter, or more copies. */
	'unguarded',
] as const;
export type Word = (typeof WORDS)[number];

/** How many copies a write needs: all, one, or whatever gluster's default or somebody's own setting makes of it. */
export type Quorum = 'both' | 'one' | 'other';
/** What the lease says of this node's copy. */
export type Role = 'both' | 'ahead' | 'behind' | 'none';

/** What one look tells. */
export interface Facts {
	started: boolean;
	guarded: boolean;
	/** Every brick of this host runs; and glusterd does, and is not held. */
	brick: boolean;
	daemon: boolean;
	/** Every brick of the other host answers; and has done so for as long as clients may take to find it. */
	peer: boolean;
	settled: boolean;
	role: Role;
	/** With both copies complete: the one of the two that sees to the quorum. */
	leads: boolean;
	quorum: Quorum;
}

type Rule = (facts: Facts) => Word;

/** Both copies are complete, as far as the cluster knows; only one of the nodes sees to the quorum. */
const complete: Rule = ({peer, leads, quorum}) => {
	if (!peer) {
		return 'parted';
	}
	return leads && quorum !== 'both' ? 'exposed' : 'together';
};

const ahead: Rule = ({peer, quorum}) => {
	if (peer) {
		return quorum === 'both' ? 'healing' : 'exposed';
	}
	return quorum === 'one' ? 'alone' : 'declared';
};

const behind: Rule = ({peer}) => (peer ? 'left' : 'stale');

/** A lease that somebody deleted is no reason to end anything. */
const RULES: Record<Role, Rule> = {both: complete, ahead, behind, none: () => 'left'};

/** Whether a brick of this host may run: one that is behind must not take writes where nobody sees them. */
export const mayRun = ({guarded, peer, settled, role}: Facts): boolean =>
	!guarded || role === 'both' || role === 'ahead' || (peer && (settled || role === 'none'));

export function wordOf(facts: Facts): Word {
	const {started, guarded, brick, daemon, peer, role} = facts;
	if (!started) {
		return 'idle';
	}
	if (!brick && mayRun(facts)) {
		return 'dead';
	}
	if (!brick) {
		return daemon && role === 'behind' && !peer ? 'stale' : 'halted';
	}
	return guarded ? RULES[role](facts) : 'unguarded';
}
