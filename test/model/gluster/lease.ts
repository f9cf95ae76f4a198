// The lease in the CIB, of which each node has a copy.
import type {Cib, ClusterNode} from '../../../lib/cluster/cib.ts';
import {type Lease, leaseText} from '../../../lib/cluster/lease.ts';
import type {Rules} from './rules.ts';
import {after, inTouch, type Move, mayOrder, NAMES, type Name, type Node, order, other, united, type World} from './world.ts';

const member = (name: Name, membership: Node['sees']): ClusterNode => ({id: name, name, membership, evidence: '', status: undefined});

/** Why no fewer copies may take writes, by what this node saw of the other one. */
export function doubted(name: Name, {quorum}: Node, sees: Node['sees'], rules: Rules): string | undefined {
	const cib: Cib = {
		quorum,
		schema: '',
		configuration: {tag: 'configuration', at: {}, children: []},
		nodes: [member(name, 'member'), member(other(name), sees)],
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
 * Compare and set. In one cluster both copies change. Where the other one is out of touch and nobody has noticed, the change is made in
 * this copy alone when this node orders the changes, and not at all when the other one does.
 */
export function* set(world: World, name: Name, {before, lease, done, failed}: Change, rules: Rules, sentence: string): Iterable<Move> {
	const node = world[name];
	const text = leaseText(lease);
	const apart = !united(world);
	const matches = rules.matches(node.lease, before);
	if (node.pacemaker && node.sees !== 'joining' && mayOrder(world, name) && matches) {
		yield after(world, `${name}: ${sentence}: ${text}`, next => {
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
		yield after(world, `${name}: ${sentence}: the lease cannot be changed`, failed);
	}
}

/** In touch again before anybody noticed: what was written meanwhile arrives, as corosync keeps it. */
export function arrives(world: World): void {
	if (united(world)) {
		world.dc = '';
		const {lease} = world.alpha.edits > world.bravo.edits ? world.alpha : world.bravo;
		for (const name of NAMES) {
			Object.assign(world[name], {lease, edits: 0});
		}
	}
}

/** Whether nobody is in doubt, and every member shows what was written in its own copy. */
export function shown(world: World, name: Name, rules: Rules): boolean {
	const node = world[name];
	const sees = rules.late ? node.sees : node.asked;
	const known = sees !== 'member' || rules.shows(inTouch(world) ? world[other(name)].lease : '', node.next);
	// Who is fenced meanwhile is not waited for.
	const gone = node.sees !== 'member' && doubted(name, node, node.sees, rules) === undefined;
	return node.pacemaker && (known || gone) && (!rules.late || doubted(name, node, sees, rules) === undefined);
}
