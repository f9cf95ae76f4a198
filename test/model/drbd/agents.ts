// The agents' actions: one look and one verb at a time, as planned by the product's machine.

import type {ClusterNode} from '../../../lib/cluster/cib.ts';
import {regions} from '../../../lib/drbd/index.ts';
import type {Verb} from '../../../lib/drbd/machine.ts';
import {plan, type Step} from '../../../lib/plan.ts';
import type {Label} from '../../../lib/vdev/label.ts';
import {type Move, NAMES, type Name, other, same, unparted} from '../pair.ts';
import {dead, facts} from './cluster.ts';
import type {Rules} from './rules.ts';
import {told} from './verbs.ts';
import {type Action, after, connected, type Node, type World} from './world.ts';

export function* agents(world: World, rules: Rules): Iterable<Move<World>> {
	for (const name of NAMES) {
		const {power, action} = world[name];
		if (power === 'on' && action) {
			yield* action === 'import' || action === 'export' ? pool(world, name, action, rules) : resource(world, name, action, rules);
		}
	}
}

/** The cluster hears what became of an action: as things are now. */
export function ended(world: World, name: Name): void {
	const node = world[name];
	node.action = '';
	if (unparted(world)) {
		Object.assign(world[other(name)], {promoted: node.drbd?.role === 'Primary', imported: node.pool});
	}
}

/** After a failure the manager stops all that the action was for, and starts it again. */
export function failed(world: World, name: Name): void {
	world[name].leaving = world[name].action === 'import' ? 'pool' : 'all';
	ended(world, name);
}

function* resource(world: World, name: Name, action: Exclude<Action, 'import' | 'export'>, rules: Rules): Iterable<Move<World>> {
	const node = world[name];
	const steps = planned(rules, action, name, node);
	const [step] = steps ?? [];
	if (!step) {
		// A stop or demote that has no way fails, and a failed stop is a fenced node; the others are tried again.
		yield after(world, `${name}: ${action} ${steps ? 'is done' : 'has no way there'}`, next => {
			const {drbd} = next[name];
			if (drbd?.connection === 'StandAlone' && action === 'promote' && steps) {
				drbd.connection = 'Connecting';
			}
			ended(next, name);
		});
	} else if (rules.goals[action]?.by.includes(step.type) && node.handler?.role !== 'Secondary') {
		const move = after(world, `${name}: ${action}: ${step.description}`, next => {
			told(next, name, step.type as Verb);
		});
		yield move;
		// Nothing comes of it, or fence-peer says no again and again.
		if (action === 'promote' && (same(move[1], world) || node.rule === other(name))) {
			yield after(world, `${name}: promote is refused for all its time: ${step.description}`, next => failed(next, name));
		}
	} else if (action === 'promote' && !node.handler) {
		// What it waits for may be what the manager orders next: its time ends, and that is no fault.
		yield after(world, `${name}: promote waits in vain: ${step.description}`, next => failed(next, name));
	}
}

const plans = new WeakMap<Rules, Map<string, Step[] | undefined>>();

function planned(rules: Rules, action: string, name: Name, node: Node): Step[] | undefined {
	const seen = facts(name, node);
	const peerDown = seen?.connection === 'Connected' && seen.peerRole === 'Primary' && rules.down(member(name, node))?.down === true;
	const value = seen ? {up: regions(seen)} : 'down';
	const known = plans.get(rules) ?? new Map<string, Step[] | undefined>();
	plans.set(rules, known);
	const asked = `${action} ${JSON.stringify(value)} ${peerDown}`;
	if (!known.has(asked)) {
		const {machine, goals} = rules;
		const here = machine.resolveState({value, context: {twoPrimaries: false, peerDown}});
		known.set(asked, plan(machine, here, goals[action] ?? {reach: [], by: []}));
	}
	return known.get(asked);
}

/** The other node, as this one's CIB has it. */
const member = (name: Name, {sees, promoted}: Node): ClusterNode => ({
	id: other(name),
	name: other(name),
	membership: sees,
	evidence: '',
	status: promoted ? HISTORY : undefined,
});

/** A resource that is on record as promoted, as the status section has it. */
const HISTORY = {
	tag: 'node_state',
	at: {},
	children: [
		{
			tag: 'lrm',
			at: {},
			children: [
				{
					tag: 'lrm_resources',
					at: {},
					children: [
						{
							tag: 'lrm_resource',
							at: {id: 'drbd'},
							children: [{tag: 'lrm_rsc_op', at: {operation: 'promote', 'call-id': '1', 'rc-code': '0', 'op-status': '0'}, children: []}],
						},
					],
				},
			],
		},
	],
};

function* pool(world: World, name: Name, action: 'import' | 'export', rules: Rules): Iterable<Move<World>> {
	const node = world[name];
	const done = (sentence: string, change: (next: World) => void): Move<World> =>
		after(world, `${name}: ${sentence}`, next => {
			change(next);
			ended(next, name);
		});
	if (action === 'export') {
		if (!(node.guests || node.drbd?.held)) {
			yield done('the pool is exported', next => {
				next[name].pool = false;
				sign(next, name, '');
			});
		} else if (node.drbd?.held) {
			yield after(world, `${name}: export waits in vain, and its node is fenced`, next => Object.assign(next[name], dead));
		}
		return;
	}
	if (node.drbd?.role !== 'Primary') {
		yield done('import: the device is not writable here', () => undefined);
	} else if (!mayImport(name, node, rules)) {
		yield done(`import is refused: ${node.owner} had the pool, and is not known to be down`, () => undefined);
	} else if (!node.drbd.held) {
		yield done('the pool is imported', next => {
			next[name].pool = true;
			sign(next, name, name);
		});
	} else if (!node.handler) {
		// Nobody asks again.
		yield after(world, `${name}: import waits in vain`, next => failed(next, name));
	}
}

function mayImport(name: Name, node: Node, rules: Rules): boolean {
	const label = {state: node.owner ? 'active' : 'exported', hostname: node.owner, hostid: 1 + NAMES.indexOf(node.owner as Name)} as Label;
	const says = rules.claim(label, {name, id: 1 + NAMES.indexOf(name)});
	if ('free' in says || 'ours' in says) {
		return true;
	}
	return rules.down(member(name, node))?.down === true || (node.sees === 'member' && rules.released(node.imported));
}

/** The label is written where the data is. */
function sign(world: World, name: Name, owner: Node['owner']): void {
	world[name].owner = owner;
	if (connected(world)) {
		world[other(name)].owner = owner;
	}
}
