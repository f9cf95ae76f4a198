import type {Membership} from '../../../lib/cluster/cib.ts';
import {type Lease, leaseText, parseLease} from '../../../lib/cluster/lease.ts';
import type {SessionWord} from '../../../lib/iscsi/states.ts';

export const NAMES = ['alpha', 'bravo'] as const;
export type Name = (typeof NAMES)[number];
export const other = (name: Name): Name => (name === 'alpha' ? 'bravo' : 'alpha');
export const POOL = 'tank';

/** A half in the eyes of the ZFS that has the pool: it takes part; is not written to; is to be resilvered, is being, and was. */
export type Standing = 'in' | 'out' | 'waits' | 'runs' | 'over';

/** An action of the cluster manager, by the step that it does next. */
export type Step = 'asks' | 'logs in' | 'compares' | 'sets' | 'shows' | 'imports' | 'exports' | 'lays down';

export interface Node {
	power: 'on' | 'off' | 'hung';

	/** The history of what this host's half has by its labels: a letter for an import or a write, by whom. */
	data: string;
	/** Its labels promise more than it has: a resilver did not come to its end. */
	partial: boolean;
	/** The other host may use this half. */
	offered: boolean;

	/** To the other host's half. */
	session: SessionWord;
	/** The leg is started here: its keeper runs. */
	note: boolean;
	pool: boolean;
	mine: Standing;
	leg: Standing;

	/** The keeper lets the leg go: it may; the lease says so. And everybody is known to know. */
	keeper: '' | 'may' | 'told';
	known: boolean;
	action: Step | '';
	/** What the action or the keeper saw of the other node and of the lease, and what it makes of that one. */
	asked: Membership;
	read: string;
	next: string;
	/** Somebody wants the pool away from here. */
	leaving: boolean;

	pacemaker: boolean;
	quorum: boolean;
	/** What this node's cluster knows of the other one, and whether the pool is on record as being there. */
	sees: Membership;
	active: boolean;
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
	/** The history as of the newest acknowledged write, from where the halves differ. */
	acked: string;
	writes: number;
	faults: number;
}

export interface Bounds {
	writes: number;
	faults: number;
}

/** Both halves are in step, the pool is on alpha. */
export function healthy({writes, faults}: Bounds): World {
	const lease = leaseText({epoch: 1, holder: 'alpha', pool: '1', current: NAMES, behind: {}});
	const node = (here: boolean): Node => ({
		power: 'on',
		data: '',
		partial: false,
		offered: !here,
		session: here ? 'LOGGED_IN' : 'none',
		note: here,
		pool: here,
		mine: here ? 'in' : 'out',
		leg: here ? 'in' : 'out',
		keeper: '',
		known: false,
		action: '',
		asked: 'unknown',
		read: '',
		next: '',
		leaving: false,
		pacemaker: true,
		quorum: true,
		sees: 'member',
		active: !here,
		lease,
		edits: 0,
		booted: false,
	});
	return {storage: true, link: true, dc: '', acked: '', writes, faults, alpha: node(true), bravo: node(false)};
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

/** What both halves have is history, and epochs count from the oldest that anybody has: a world is the same without them. */
function forget(world: World): void {
	const {alpha, bravo} = world;
	let shared = 0;
	while (shared < alpha.data.length && alpha.data[shared] === bravo.data[shared]) {
		shared += 1;
	}
	world.acked = world.acked.slice(shared);
	let oldest = Number.POSITIVE_INFINITY;
	for (const node of [alpha, bravo]) {
		node.data = node.data.slice(shared);
		if (!(node.action || node.keeper)) {
			Object.assign(node, {asked: 'unknown', read: '', next: ''});
		}
		for (const text of [node.lease, node.read, node.next].filter(Boolean)) {
			oldest = Math.min(oldest, leaseOf(text).epoch);
		}
	}
	for (const node of [alpha, bravo]) {
		for (const field of ['lease', 'read', 'next'] as const) {
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
/** Trails always overlap here, so nobody asks how far the pool had got when it went on without a half. */
function since(text: string, epochs: number): string {
	const asked = `${epochs} ${text}`;
	const known = rebased.get(asked);
	if (known !== undefined) {
		return known;
	}
	const lease = leaseOf(text);
	const behind = Object.fromEntries(Object.keys(lease.behind).map(guid => [guid, 0]));
	const same = leaseText({...lease, epoch: lease.epoch - epochs, behind});
	rebased.set(asked, same);
	return same;
}

/** Worlds are the same when nothing in them differs. */
export const key = ({alpha, bravo, ...rest}: World): string => [rest, alpha, bravo].map(part => Object.values(part).join()).join('|');

/** Whether a session of this node to the other host's half can carry anything. */
export const carries = (world: World, name: Name): boolean =>
	world.storage && NAMES.every(one => world[one].power === 'on') && world[other(name)].offered;
export const loggedIn = (world: World, name: Name): boolean => world[name].session === 'LOGGED_IN' && carries(world, name);
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
