// The lease of the pool, and what is known of the other node.
import type {ClusterNode} from '../../../lib/cluster/cib.ts';
import {type Change, cibOf, compareAndSet, copyOf, leaseOf, member} from '../lease.ts';
import {type Move, type Name, other, united} from '../pair.ts';
import type {Rules} from './rules.ts';
import {after, type Node, POOL, type World} from './world.ts';

/** A resource that is on record as started, as the status section has it. */
const operation = {tag: 'lrm_rsc_op', at: {operation: 'start', 'call-id': '1', 'rc-code': '0', 'op-status': '0'}, children: []};
const resource = {tag: 'lrm_resource', at: {id: POOL}, children: [operation]};
const HISTORY = {
	tag: 'node_state',
	at: {},
	children: [{tag: 'lrm', at: {}, children: [{tag: 'lrm_resources', at: {}, children: [resource]}]}],
};

/** The other node, as this one's CIB has it. */
export const peerOf = (name: Name, {sees, active}: Pick<Node, 'sees' | 'active'>): ClusterNode =>
	member(other(name), sees, active ? HISTORY : undefined);

/** Why the pool may not go on without a half, by what this node saw of the other one. */
export const doubted = (name: Name, node: Node, sees: Node['sees'], rules: Rules): string | undefined =>
	rules.doubt(cibOf(name, node, peerOf(name, {...node, sees})), name);

/**
 * Left out: a node that changes the lease twice while the other one is out of touch and not fenced, before it is fenced itself, as by a
 * whole stop and start. Its CIB is then newer than that of the one which fenced it and took the lease once, and wins when they meet.
 */
const EXCLUDED = true;
const again = (world: World, name: Name): boolean => !united(world) && /member|lost/u.test(world[name].sees) && world[name].edits > 0;

export const set = (world: World, name: Name, change: Change<World>, {matches}: Rules, sentence: string): Iterable<Move<World>> => {
	const done = (next: World): void => {
		next[name].known = false;
		change.done(next);
	};
	return compareAndSet(world, name, {...change, done}, {after, matches, barred: EXCLUDED && again(world, name)}, sentence);
};

/** Whether nobody is in doubt, this node still has what was written, and every member shows it in its own copy. */
export function shown(world: World, name: Name, rules: Rules): boolean {
	const node = world[name];
	const known = node.sees !== 'member' || rules.shows(copyOf(world, name), node.next);
	return node.pacemaker && node.lease === node.next && known && doubted(name, node, node.sees, rules) === undefined;
}

export const ours = (name: Name, {lease}: Node): boolean => leaseOf(lease).holder === name;
