// The lease in the CIB, of which each node has a copy.
import type {Cib, ClusterNode} from '../../../lib/cluster/cib.ts';
import {type Lease, leaseText} from '../../../lib/cluster/lease.ts';
import type {Rules} from './rules.ts';
import {after, inTouch, leaseOf, type Move, NAMES, type Name, type Node, other, POOL, united, type World} from './world.ts';

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
const HISTORY = {tag: 'node_state', at: {}, children: [{tag: 'lrm', at: {}, children: [{tag: 'lrm_resources', at: {}, children: [resource]}]}]};

/** Why the pool may not go on without a half, by what this node saw of the other one. */
export function doubted(name: Name, {quorum, active}: Node, sees: Node['sees'], rules: Rules): string | undefined {
	const me: ClusterNode = {id: name, name, membership: 'member', evidence: '', status: undefined};
	const cib: Cib = {quorum, schema: '', configuration: {tag: 'configuration', at: {}, children: []}, nodes: [me, member(name, {sees, active})]};
	return rules.doubt(cib, name);
}

/**
 * Compare and set. In one cluster both copies change. Where the other one is out of touch and nobody has noticed, the change is made in
 * this copy alone when this node orders the changes, and not at all when the other one does.
 */
export function* set(
	world: World,
	name: Name,
	{before, lease, done, failed}: {before: string; lease: Lease; done: (next: World) => void; failed: (next: World) => void},
	rules: Rules,
	sentence: string,
): Iterable<Move> {
	const node = world[name];
	const text = leaseText(lease);
	const alone = !united(world);
	const matches = rules.matches(node.lease, before);
	if (node.pacemaker && node.sees !== 'joining' && matches) {
		yield after(world, `${name}: ${sentence}: ${text}`, next => {
			for (const one of alone ? [name] : NAMES) {
				next[one].lease = text;
				next[one].edits += alone ? 1 : 0;
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

/** Whether every member shows what was written in its own copy; who is gone for sure meanwhile is not waited for. */
export function shown(world: World, name: Name, rules: Rules): boolean {
	const node = world[name];
	if (node.asked !== 'member') {
		return true;
	}
	const over = node.sees !== 'member' && doubted(name, node, node.sees, rules) === undefined;
	return over || rules.shows(inTouch(world) ? world[other(name)].lease : '', node.next);
}

export const ours = (name: Name, {lease}: Node): boolean => leaseOf(lease).holder === name;
