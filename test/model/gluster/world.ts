import type {Membership} from '../../../lib/cluster/cib.ts';
import {type Lease, leaseText, parseLease} from '../../../lib/cluster/lease.ts';

export const NAMES = ['alpha', 'bravo'] as const;
export type Name = (typeof NAMES)[number];
export const other = (name: Name): Name => (name === 'alpha' ? 'bravo' : 'alpha');

/** An action of the cluster manager, by the step that it does next. */
export type Step =
	| 'asks'
	| 'serves'
	| 'comes back'
	| 'waits'
	| 'mounts'
	| 'unmounts'
	| 'hands over'
	| 'lets one be enough'
	| 'needs both'
	| 'ends';

export interface Node {
	power: 'on' | 'off' | 'hung';

	/** The writes that this host's copy has, a digit each; and whether it blames the other copy, as Gluster's changelog says it. */
	data: string;
	blames: boolean;
	brick: boolean;
	/** How many copies a write needs, as this host's glusterd has it; how often that was set without the other one. */
	daemon: boolean;
	count: 1 | 2;
	version: number;

	/** This host's client: how many copies it needs (0: it is not mounted), and which bricks it counts on. */
	client: 0 | 1 | 2;
	mine: boolean;
	theirs: boolean;

	/** The volume is started here: its keeper runs. */
	note: boolean;
	/** What the keeper is at: it may write the lease; has written it, and asks; lowers the quorum; drops connections; has seen that all is healed. */
	keeper: '' | 'may' | 'asks' | 'lowers' | 'drops' | 'healed';
	/** The lease that every other node is known to have. */
	told: string;
	action: Step | '';
	/** What the action or the keeper saw of the other node and of the lease, and what it makes of that one. */
	asked: Membership;
	read: string;
	next: string;
	/** Somebody wants the volume away from here. */
	leaving: boolean;

	pacemaker: boolean;
	quorum: boolean;
	/** What this node's cluster knows of the other one. */
	sees: Membership;
	/** This copy of the CIB: the lease, how often it was changed while the two were apart, and whether its num_updates began anew. */
	lease: string;
	edits: number;
	booted: boolean;
}

export interface World extends Record<Name, Node> {
	storage: boolean;
	link: boolean;
	/** Who has acted as the designated controller since the two lost touch. */
	dc: Name | '';
	/** The two glusterds have one configuration. */
	met: boolean;
	/** The writes that were acknowledged and are not on both copies. */
	acked: string;
	writes: number;
	faults: number;
}

export interface Bounds {
	writes: number;
	faults: number;
}

/** Both copies have everything, and both hosts have the volume mounted. */
export function healthy({writes, faults}: Bounds): World {
	const lease = leaseText({epoch: 1, holder: undefined, pool: '1', current: NAMES, behind: {}});
	const node: Node = {
		power: 'on',
		data: '',
		blames: false,
		brick: true,
		daemon: true,
		count: 2,
		version: 0,
		client: 2,
		mine: true,
		theirs: true,
		note: true,
		keeper: '',
		told: '',
		action: '',
		asked: 'unknown',
		read: '',
		next: '',
		leaving: false,
		pacemaker: true,
		quorum: true,
		sees: 'member',
		lease,
		edits: 0,
		booted: false,
	};
	return {storage: true, link: true, dc: '', met: true, acked: '', writes, faults, alpha: {...node}, bravo: {...node}};
}

/** A move: the sentence that the log would have, and the world after it. */
export type Move = readonly [string, World];

/** The world after a change. */
export function after(world: World, sentence: string, change: (next: World) => void): Move {
	const next = {...world, alpha: {...world.alpha}, bravo: {...world.bravo}};
	change(next);
	forget(next);
	return [sentence, next];
}

/** What both copies have is history, and epochs count from the oldest that anybody has: a world is the same without them. */
function forget(world: World): void {
	const {alpha, bravo} = world;
	const shared = [...alpha.data].filter(one => bravo.data.includes(one));
	const fresh = (writes: string): string => [...writes].filter(one => !shared.includes(one)).join('');
	world.acked = fresh(world.acked);
	const versions = Math.min(alpha.version, bravo.version);
	let oldest = Number.POSITIVE_INFINITY;
	for (const node of [alpha, bravo]) {
		node.data = fresh(node.data);
		node.version -= versions;
		if (!(node.action || node.keeper)) {
			Object.assign(node, {asked: 'unknown', read: '', next: ''});
		}
		// What was known of another lease is nothing.
		node.told = node.told === node.lease ? node.told : '';
		for (const text of [node.lease, node.read, node.next].filter(Boolean)) {
			oldest = Math.min(oldest, leaseOf(text).epoch);
		}
	}
	for (const node of [alpha, bravo]) {
		for (const field of ['lease', 'told', 'read', 'next'] as const) {
			node[field] = node[field] && since(node[field], oldest - 1);
		}
	}
}

const leases = new Map<string, Lease>();
export function leaseOf(text: string): Lease {
	const lease = leases.get(text) ?? parseLease(text);
	leases.set(text, lease);
	return lease;
}

const rebased = new Map<string, string>();
function since(text: string, epochs: number): string {
	const asked = `${epochs} ${text}`;
	const known = rebased.get(asked);
	if (known !== undefined) {
		return known;
	}
	const lease = leaseOf(text);
	const same = leaseText({...lease, epoch: lease.epoch - epochs});
	rebased.set(asked, same);
	return same;
}

/** Worlds are the same when nothing in them differs. */
export const key = ({alpha, bravo, ...rest}: World): string => [rest, alpha, bravo].map(part => Object.values(part).join()).join('|');

/** Whether the other host answers on the storage link. */
export const inSight = (world: World): boolean => world.storage && NAMES.every(name => world[name].power === 'on');
/** Whether the two glusterds can talk. */
export const inTalk = (world: World): boolean => inSight(world) && NAMES.every(name => world[name].daemon);
/** Whether the other host's brick answers. */
export const answers = (world: World, name: Name): boolean => inSight(world) && world[other(name)].brick;

export const inTouch = (world: World): boolean => world.link && NAMES.every(name => world[name].power === 'on' && world[name].pacemaker);
/** Both are members of one cluster, in truth and in the eyes of both: what is written to the CIB reaches both copies. */
export const united = (world: World): boolean => inTouch(world) && NAMES.every(name => world[name].sees === 'member');
/**
 * Whether this node's cluster can order and change things: as long as it counts the other one as a member, out of touch, only where the
 * designated controller is. Which node that is, is open until one of them acts as it.
 */
export const mayOrder = (world: World, name: Name): boolean =>
	united(world) || world[name].sees !== 'member' || world.dc === '' || world.dc === name;
export function order(world: World, name: Name): void {
	if (!united(world) && world[name].sees === 'member') {
		world.dc = name;
	}
}
