// The lease in the CIB, of which each node has a copy.
import type {Cib, ClusterNode, Membership} from '../../lib/cluster/cib.ts';
import {type Lease, leaseText, parseLease} from '../../lib/cluster/lease.ts';
import {type After, inTouch, type Kind, type Member, type Move, NAMES, type Name, other, type Pair, united} from './pair.ts';

export interface Leased extends Member {
	lease: string;
	/** What the action or the keeper saw of the other node and of the lease, and what it makes of that one. */
	asked: Membership;
	read: string;
	next: string;
}
export interface LeasedPair<Node extends Leased> extends Pair<Node> {
	/** Who has acted as the designated controller since the two lost touch. */
	dc: Name | '';
}

const leases = new Map<string, Lease>();
export function leaseOf(text: string): Lease {
	const lease = leases.get(text) ?? parseLease(text);
	leases.set(text, lease);
	return lease;
}

/** Epochs count from the oldest that anybody has: a world is the same without the others. */
export function rebase<Node extends Leased>({alpha, bravo}: LeasedPair<Node>): void {
	const texts = [alpha, bravo].flatMap(({lease, read, next}) => [lease, read, next]).filter(Boolean);
	const oldest = Math.min(...texts.map(text => leaseOf(text).epoch));
	for (const node of [alpha, bravo]) {
		for (const field of ['lease', 'read', 'next'] as const) {
			node[field] = node[field] && since(node[field], oldest - 1);
		}
	}
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

/**
 * Whether this node's cluster can order and change things: as long as it counts the other one as a member, out of touch, only where the
 * designated controller is. Which node that is, is open until one of them acts as it.
 */
export const mayOrder = (world: LeasedPair<Leased>, name: Name): boolean =>
	united(world) || world[name].sees !== 'member' || world.dc === '' || world.dc === name;
export function order(world: LeasedPair<Leased>, name: Name): void {
	if (!united(world) && world[name].sees === 'member') {
		world.dc = name;
	}
}

/** A node as the CIB has it. */
export const member = (name: Name, membership: Membership, status?: ClusterNode['status']): ClusterNode => ({
	id: name,
	name,
	membership,
	evidence: '',
	status,
});
/** The CIB in the eyes of this node. */
export const cibOf = (name: Name, {quorum}: Member, peer: ClusterNode): Cib => ({
	quorum,
	schema: '',
	configuration: {tag: 'configuration', at: {}, children: []},
	nodes: [member(name, 'member'), peer],
});

export interface Change<World> {
	before: string;
	lease: Lease;
	done(next: World): void;
	failed(next: World): void;
}

/**
 * Compare and set. In one cluster both copies change. Where the other one is out of touch and nobody has noticed, the change is made in
 * this copy alone when this node orders the changes, and not at all when the other one does.
 */
export function* compareAndSet<World extends LeasedPair<Leased>>(
	world: World,
	name: Name,
	{before, lease, done, failed}: Change<World>,
	rules: {after: After<World>; matches(text: string, before: string): boolean; barred?: boolean},
	sentence: string,
): Iterable<Move<World>> {
	const node = world[name];
	const text = leaseText(lease);
	const apart = !united(world);
	const matches = rules.matches(node.lease, before);
	if (node.pacemaker && node.sees !== 'joining' && mayOrder(world, name) && matches && !rules.barred) {
		yield rules.after(world, `${name}: ${sentence}: ${text}`, next => {
			order(next, name);
			for (const one of apart ? [name] : NAMES) {
				next[one].edits += apart && next[one].lease !== text ? 1 : 0;
				next[one].lease = text;
			}
			next[name].next = text;
			done(next);
		});
	}
	if (!matches || apart) {
		yield rules.after(world, `${name}: ${sentence}: the lease cannot be changed`, failed);
	}
}

/** In touch again before anybody noticed: what was written meanwhile arrives, as corosync keeps it. */
export const arrives =
	<World extends LeasedPair<Leased>>({adopts}: Pick<Kind<World>, 'adopts'>) =>
	(world: World): void => {
		if (united(world)) {
			world.dc = '';
			const {lease} = world.alpha.edits > world.bravo.edits ? world.alpha : world.bravo;
			for (const name of NAMES) {
				Object.assign(world[name], adopts(world, name, lease), {edits: 0});
			}
		}
	};

/** The other one's copy of the lease, where it can be asked. */
export const copyOf = (world: LeasedPair<Leased>, name: Name): string => (inTouch(world) ? world[other(name)].lease : '');
