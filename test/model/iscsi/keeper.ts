// The keeper: one look and one verb at a time, as planned by the product's machine; and what the cluster has to know before and after.
import {leaseText} from '../../../lib/cluster/lease.ts';
import type {SessionWord, VdevWord} from '../../../lib/iscsi/states.ts';
import {plan, type Step} from '../../../lib/plan.ts';
import type {PoolStatus} from '../../../lib/vdev/status.ts';
import {leaseOf} from '../lease.ts';
import {type Move, NAMES, type Name, other} from '../pair.ts';
import {doubted, ours, set, shown} from './copies.ts';
import {half} from './halves.ts';
import type {Rules} from './rules.ts';
import {after, carries, loggedIn, type Node, type World} from './world.ts';

export function* keepers(world: World, rules: Rules): Iterable<Move<World>> {
	for (const name of NAMES) {
		const {power, note, keeper} = world[name];
		if (power === 'on' && note) {
			if (keeper) {
				yield* letsGo(world, name, rules);
			} else {
				yield* pass(world, name, rules);
				yield* completes(world, name, rules);
			}
		}
	}
}

const isCurrent = (name: Name, {lease}: Node): boolean => leaseOf(lease).current.includes(other(name));

function vdev(name: Name, node: Node): VdevWord {
	if (!node.pool) {
		return 'absent';
	}
	if (isCurrent(name, node)) {
		return 'ONLINE';
	}
	// What was opened over a session that is over looks well until the next I/O.
	return node.session === 'LOGGED_IN' && /waits|runs|over/u.test(node.leg) ? 'ONLINE' : 'UNAVAIL';
}

const plans = new WeakMap<Rules, Map<string, Step | undefined>>();

function planned(rules: Rules, session: SessionWord, is: VdevWord): Step | undefined {
	const known = plans.get(rules) ?? new Map<string, Step | undefined>();
	plans.set(rules, known);
	const asked = `${session} ${is}`;
	if (!known.has(asked)) {
		const {machine, goals} = rules;
		const here = machine.resolveState({value: {session, vdev: is}, context: {}});
		known.set(asked, plan(machine, here, goals[is === 'absent' ? 'wait' : 'keep'] ?? {reach: [], by: []})?.[0]);
	}
	return known.get(asked);
}

function* pass(world: World, name: Name, rules: Rules): Iterable<Move<World>> {
	const node = world[name];
	const step = planned(rules, node.session, vdev(name, node));
	const does = (change: (next: Node, peer: Node) => void): Move<World> =>
		after(world, `${name}: ${step?.description}`, next => change(next[name], next[other(name)]));
	if (step?.type === 'login' && carries(world, name)) {
		yield does(next => {
			next.session = 'LOGGED_IN';
		});
	} else if (step?.type === 'online' && loggedIn(world, name)) {
		const [leg, best] = [half(world, other(name)), half(world, name)];
		if (!rules.wroteAlone(leg, best, leaseOf(node.lease))) {
			yield does((next, peer) => {
				peer.partial ||= next.data !== peer.data;
				peer.data = next.data;
				next.leg = 'waits';
			});
		}
	} else if (step?.type === 'release') {
		yield* release(world, name, rules, does);
	}
}

function* release(world: World, name: Name, rules: Rules, does: (change: (next: Node) => void) => Move<World>): Iterable<Move<World>> {
	const node = world[name];
	const {current} = leaseOf(node.lease);
	if (!isCurrent(name, node) && node.known) {
		yield does(gone);
	} else if (
		node.pacemaker &&
		ours(name, node) &&
		!current.every(one => one === other(name)) &&
		doubted(name, node, node.sees, rules) === undefined
	) {
		yield after(world, `${name}: ${other(name)} ${node.sees}: the pool may go on without its leg`, next =>
			Object.assign(next[name], {keeper: 'may', asked: node.sees, read: node.lease}),
		);
	}
}

/** A leg of a pool that is not imported is only logged out. */
const gone = (next: Node): void => {
	Object.assign(next, {session: 'none', leg: 'out', known: true, keeper: ''});
};

function* letsGo(world: World, name: Name, rules: Rules): Iterable<Move<World>> {
	const node = world[name];
	const quits = (next: World): void => {
		next[name].keeper = '';
	};
	if (node.keeper === 'may') {
		const lease = leaseOf(node.read);
		const told = (next: World): void => {
			next[name].keeper = 'told';
		};
		if (lease.current.includes(other(name))) {
			yield* set(
				world,
				name,
				{before: node.read, lease: rules.without(lease, [other(name)], 0), done: told, failed: quits},
				rules,
				'the leg is behind',
			);
		} else {
			yield after(world, `${name}: the leg is behind already`, next => {
				next[name].next = leaseText(lease);
				told(next);
			});
		}
	} else if (!shown(world, name, rules)) {
		yield after(world, `${name}: writes wait: ${other(name)} does not show the lease`, quits);
	} else if (node.session === 'LOGGED_IN' && rules.returned(leaseOf(node.read), other(name))) {
		// What was held goes through.
		const lease = rules.complete(leaseOf(node.next), other(name));
		yield* set(world, name, {before: node.next, lease, done: quits, failed: quits}, rules, 'the session came back meanwhile');
	} else if (node.session === 'LOGGED_IN') {
		yield after(world, `${name}: the session came back meanwhile`, next => Object.assign(next[name], {keeper: '', known: true}));
	} else {
		yield after(world, `${name}: the pool goes on without its leg`, next => gone(next[name]));
	}
}

/** What zpool status prints of the half on this side: its scan, and what was printed before the half was opened. */
const SCAN = {
	in: 'none requested',
	out: 'none requested',
	waits: 'none requested',
	runs: 'resilver in progress',
	over: 'resilvered 1M with 0 errors',
};

function* completes(world: World, name: Name, rules: Rules): Iterable<Move<World>> {
	const node = world[name];
	for (const [side, guid] of [
		['mine', name],
		['leg', other(name)],
	] as const) {
		const standing = node[side];
		if (
			node.pool &&
			node.pacemaker &&
			ours(name, node) &&
			!leaseOf(node.lease).current.includes(guid) &&
			(side === 'mine' || standing !== 'in')
		) {
			const status: PoolStatus = {
				state: 'DEGRADED',
				scan: SCAN[standing],
				resilver: standing === 'runs' ? {done: 50, eta: ''} : undefined,
				vdevs: new Map([[guid, {state: standing === 'out' ? 'UNAVAIL' : 'ONLINE', resilvering: false, writes: '0', failures: false}]]),
			};
			const is = rules.progress(status, guid, {scan: SCAN.in});
			// A resilver that has not begun is waited for (quiet): within seconds, and only where anything was missed.
			if ('resilvered' in is && (is.resilvered || standing === 'in')) {
				const done = (next: World): void => {
					next[name][side] = 'in';
				};
				const lease = rules.complete(leaseOf(node.lease), guid);
				yield* set(world, name, {before: node.lease, lease, done, failed: () => undefined}, rules, `${guid}'s half has everything`);
			}
		}
	}
}
