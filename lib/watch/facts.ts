import type {Membership} from '../cluster/cib.ts';
import type {Fencing} from '../cluster/history.ts';
import type {Lease} from '../cluster/lease.ts';
import type {Recorded} from '../cluster/recorded.ts';
import type {Facts as Drbd} from '../drbd/states.ts';
import type {Guest} from '../guests/states.ts';
import type {PoolStatus} from '../vdev/status.ts';
import type {Facts as State} from '../zpool/states.ts';

/** What was seen, or why it cannot be; nothing where the host has no such thing at all. */
export type Told<T> = {is: T} | {why: string} | undefined;

/** An alarm that a DRBD handler left, and that stands. */
export interface Alarm {
	/** split-brain, io-error, out-of-sync, quorum-lost. */
	kind: string;
	resource: string;
	/** When, and a few words. */
	value: string;
}

export interface Pool {
	name: string;
	state: State;
	/** What `zpool status` says; nothing of a pool that is suspended, or where zpool does not answer. */
	status: PoolStatus | undefined;
}

/** Who keeps a leg of a mirror, or a copy of a Gluster volume, on this host, and what it says. */
export interface Keeper {
	kind: 'leg' | 'copy';
	name: string;
	/** Nothing when it does not run, and should. */
	seen: {words: string; says: string; since: string; well: boolean} | undefined;
}

export interface Guests {
	guests: readonly Guest[];
	/** The UUIDs of those that the cluster wants to run here. */
	expected: ReadonlySet<string>;
	/** Why libvirt does not answer: its own records are shown. */
	silent: string | undefined;
}

export interface Node {
	name: string;
	membership: Membership;
	evidence: string;
	attributes: ReadonlyMap<string, string>;
	/** The last word on each resource. */
	resources: ReadonlyMap<string, Recorded>;
}

/** What Pacemaker knows, as this host's copy of the CIB has it. */
export interface Cluster {
	quorum: boolean;
	nodes: readonly Node[];
	/** Pools that a resource imports. */
	pools: readonly {pool: string; resource: string}[];
	constraints: readonly {id: string; allowed: readonly string[]}[];
	leases: ReadonlyMap<string, Lease | string>;
	/** The newest first; nothing where the fencer does not answer. */
	fencings: readonly Fencing[] | undefined;
}

/** A source of events that is followed, and is not there at the moment. */
export interface Broken {
	source: string;
	why: string;
}

/** One look at this host, and through Pacemaker at the other one. */
export interface Facts {
	/** As the kernel calls it. */
	host: string;
	root: boolean;
	drbd: Told<readonly Drbd[]>;
	/** DRBD resources of which the kernel has just said that the sides differ. */
	torn: readonly string[];
	alarms: readonly Alarm[];
	pools: Told<readonly Pool[]>;
	keepers: readonly Keeper[];
	guests: Told<Guests>;
	cluster: Told<Cluster>;
	broken: readonly Broken[];
}
