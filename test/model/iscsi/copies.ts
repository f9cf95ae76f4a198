// The lease in the CIB, of which each node has a copy.
import type {Cib, ClusterNode} from '../../../lib/cluster/cib.ts';
import {type Lease, leaseText} from '../../../lib/cluster/lease.ts';
import type {Rules} from './rules.ts';
import {
	after,
	inTouch,
	leaseOf,
	type Move,
	mayOrder,
	NAMES,
	type Name,
	type Node,
	order,
	other,
	POOL,
	united,
	type World,
} from './world.ts';

/** The other node, as this one's CIB has it. */
export const member = (name: Name, {sees, active}: Pick<Node, 'sees' | 'active'>): ClusterNode => ({
	id: other(name),
	name: other(name),
	membership: sees,
	evidence: '',
	status: active ? HISTORY : undefined,
});

/** A resource that is on record as started, as the status section has it. */
const operation = {tag: 'lrm_rsc_op', at: {operation: 'start', 'call-id': '1', 'rc-code': '0', 'op-status': '0'}, children: []};
const resource = {tag: 'lrm_resource', at: {id: POOL}, children: [operation]};
const HISTORY = {
	tag: 'node_state',
	at: {},
	children: [{tag: 'lrm', at: {}, children: [{tag: 'lrm_resources', at: {}, children: [resource]}]}],
};

/** Why the pool may not go on without a half, by what this node saw of the other one. */
export function doubted(name: Name, {quorum, active}: Node, sees: Node['sees'], rules: Rules): string | undefined {
	const me: ClusterNode = {id: name, name, membership: 'member', evidence: '', status: undefined};
	const cib: Cib = {
		quorum,
		schema: '',
		configuration: {tag: 'configuration', at: {}, children: []},
		nodes: [me, member(name, {sees, active})],
	};
	return rules.doubt(cib, name);
}

interface Change {
	before: string;
	lease: Lease;
	done(next: World): void;
	failed(next: World): void;
}

/**
 * Left out: a node that changes the lease twice while the other one is out of touch and not fenced, before it is fenced itself, as by a
 * whole stop and start. Its CIB is then newer than that of the one which fenced it and took the lease once, and wins when they meet.
 */
const EXCLUDED = true;
const again = (world: World, name: Name): boolean => !united(world) && /member|lost/u.test(world[name].sees) && world[name].edits > 0;

/**
 * Compare and set. In one cluster both copies change. Where the other one is out of touch and nobody has noticed, the change is made in
 * this copy alone when this node orders the changes, and not at all when the other one does.
 */
export function* set(world: World, name: Name, {before, lease, done, failed}: Change, rules: Rules, sentence: string): Iterable<Move> {
	const node = world[name];
	const text = leaseText(lease);
	const alone = !united(world);
	const matches = rules.matches(node.lease, before);
	if (node.pacemaker && node.sees !== 'joining' && mayOrder(world, name) && matches && !(EXCLUDED && again(world, name))) {
		yield after(world, `${name}: ${sentence}: ${text}`, next => {
			order(next, name);
			for (const one of alone ? [name] : NAMES) {
				next[one].edits += alone && next[one].lease !== text ? 1 : 0;
				next[one].lease = text;
			}
			next[name].next = text;
			next[name].known = false;
			done(next);
		});
	}
	if (!matches || alone) {
		yield after(world, `${name}: ${sentence}: the lease cannot be changed`, failed);
	}
}

/** In touch again before anybody noticed: what was written meanwhile arrives, as corosync keeps it. */
export function arrives(world: World): void {
	if (united(world)) {
		world.dc = '';
		const {lease} = world.alpha.edits > world.bravo.edits ? world.alpha : world.bravo;
		for (const name of NAMES) {
			const peer = world[other(name)];
			Object.assign(world[name], {lease, edits: 0, active: peer.pool || peer.note || peer.action !== ''});
		}
	}
}

/** Whether nobody is in doubt, and every member shows what was written in its own copy. */
export function shown(world: World, name: Name, rules: Rules): boolean {
	const node = world[name];
	const known = node.sees !== 'member' || rules.shows(inTouch(world) ? world[other(name)].lease : '', node.next);
	return node.pacemaker && known && doubted(name, node, node.sees, rules) === undefined;
}

export const ours = (name: Name, {lease}: Node): boolean => leaseOf(lease).holder === name;
