import {type Lease, without} from '../cluster/lease.ts';
import {apart, type Trail} from '../vdev/uberblock.ts';

/** One half of the pool that this node can read now: on its own disk, or over a session. */
export interface Half {
	guid: string;
	/** Where it shows here. */
	path: string;
	/** The newest transaction group on it. */
	txg: number;
	trail: Trail;
}

export interface Claim {
	me: string;
	pool: string;
	poolGuid: string;
	/** Every leaf of the pool, by what a label says. */
	leaves: readonly {guid: string; path: string}[];
	halves: readonly Half[];
	lease: Lease | undefined;
	/** What is known of the lease's holder, where that is another node. */
	holder: {down: boolean; why: string} | undefined;
	/** The epoch that an administrator named to take a half that is behind; 0 for a pool without a lease. */
	override: number | undefined;
}

/** `apart`: halves that were written on their own, and must not be in reach of the import. */
export type Grant = {next: Lease; why: string; apart: readonly Half[]} | {refused: string};

/**
 * May this node import the pool, and from which halves? The rule against two halves that both live on:
 * the holder is this node, gone for sure, or has let go; and a half that has every acknowledged write is here.
 */
export function grant(claim: Claim): Grant {
	const {me, pool, poolGuid, halves, lease, holder} = claim;
	if (halves.length === 0) {
		return {refused: `no half of ${pool} can be read here: neither a disk of this host nor the leg carries its label`};
	}
	if (!lease) {
		return first(claim);
	}
	if (lease.pool !== poolGuid) {
		return {
			refused: `"crm_attribute -t crm_config -n twinpool-lease-${pool} -D", if its pool is gone for good: the lease is of guid ${lease.pool}, here is ${poolGuid}`,
		};
	}
	if (lease.holder !== undefined && lease.holder !== me && !holder?.down) {
		return {
			refused: `${lease.holder} holds the lease of ${pool} (epoch ${lease.epoch}) and is not known to be down: ${holder?.why ?? 'nothing was asked'}`,
		};
	}
	const good = halves.filter(({guid}) => lease.current.includes(guid));
	const [best] = [...good].sort((one, other) => other.txg - one.txg);
	const next = {...lease, epoch: lease.epoch + 1, holder: me};
	if (!best) {
		return behind(claim, lease, next);
	}
	const absent = lease.current.filter(guid => !good.some(half => half.guid === guid));
	return {
		// What is not here now misses the first write.
		next: without(next, absent, best.txg),
		apart: halves.filter(half => !good.includes(half) && wroteAlone(half, best, lease)),
		why: lease.holder === me ? 'this node had it last' : (holder?.why ?? 'it was let go in good order'),
	};
}

/**
 * A half that is behind has a past that the other one shares; of one that does not, ZFS would take the newer txg for the truth. Where
 * the past is too long ago to be seen, what the pool had reached when it went on without this half is the limit.
 */
export const wroteAlone = (half: Half, best: Half, lease: Lease): boolean =>
	apart(half.trail, best.trail) ?? half.txg > (lease.behind[half.guid] ?? best.txg) + SLACK;

/** The txg that was open and the one that was being written when the leg was lost. */
const SLACK = 2;

/** Without a lease nobody knows which half is behind, unless all of them are here to be compared. */
function first({me, pool, poolGuid, leaves, halves, override}: Claim): Grant {
	const missing = leaves.filter(({guid}) => !halves.some(half => half.guid === guid));
	if (missing.length > 0 && override !== 0) {
		return {
			refused: `${pool} has no lease yet: bring up all halves for its first start, or set override=0 if this one is known to be the newest (not here: ${missing.map(({path}) => path).join(', ')})`,
		};
	}
	const newest = Math.max(...halves.map(({txg}) => txg));
	const best = halves.find(({txg}) => txg === newest);
	const torn = halves.filter(half => best && apart(half.trail, best.trail) === true);
	if (torn.length > 0 && override !== 0) {
		return {
			refused: `the halves of ${pool} were written apart: override=0 takes ${best?.path} (txg ${newest}) and gives up ${torn.map(({path, txg}) => `${path} (txg ${txg})`).join(', ')}`,
		};
	}
	const current = halves.filter(({txg}) => txg === newest).map(({guid}) => guid);
	const behindNow = leaves.filter(({guid}) => !current.includes(guid)).map(({guid}) => [guid, newest] as const);
	return {
		next: {epoch: 1, holder: me, pool: poolGuid, current, behind: Object.fromEntries(behindNow)},
		apart: torn,
		why: 'this is its first start under a lease',
	};
}

/** Only halves that are behind: what the other half took since would be lost. */
function behind({pool, halves, override}: Claim, lease: Lease, next: Lease): Grant {
	const newest = Math.max(...halves.map(({txg}) => txg));
	if (override === lease.epoch) {
		const current = halves.filter(({txg}) => txg === newest).map(({guid}) => guid);
		const given = lease.current.filter(guid => !current.includes(guid)).map(guid => [guid, newest] as const);
		const kept = Object.entries(lease.behind).filter(([guid]) => !current.includes(guid));
		return {
			next: {...next, current, behind: Object.fromEntries([...kept, ...given])},
			apart: [],
			why: `override=${override}: what the other half took since is given up`,
		};
	}
	// Short: Pacemaker shows 128 characters or so of it.
	return {
		refused: `this half of ${pool} is behind: bring up ${lease.holder ?? 'the other one'}, or set override=${lease.epoch} to import it without what came after txg ${newest}`,
	};
}
