// A cluster manager of two nodes that follows Pacemaker's rules, and within them does anything at any time.
import type {Facts} from '../../../lib/drbd/states.ts';
import type {Rules} from './rules.ts';
import {type Action, after, inTouch, type Move, NAMES, type Name, type Node, other, united, type World} from './world.ts';

export function* manager(world: World, rules: Rules): Iterable<Move> {
	for (const name of NAMES) {
		if (world[name].power === 'on' && world[name].pacemaker) {
			yield* membership(world, name);
			yield* orders(world, name, rules);
		}
	}
	if (inTouch(world) && NAMES.every(name => world[name].sees === 'joining')) {
		yield* join(world);
	}
}

function* membership(world: World, name: Name): Iterable<Move> {
	const {sees, quorum} = world[name];
	const peer = other(name);
	if (inTouch(world) && sees !== 'member') {
		// Corosync makes a new membership of both only when both have left the old one.
		if (sees !== 'joining' && world[peer].sees !== 'member') {
			yield after(world, `${name}: ${peer} is there`, next => Object.assign(next[name], {sees: 'joining'}));
		}
		return;
	}
	// One that was switched off and on between two looks is lost, too.
	if (sees === 'member' ? !united(world) : sees === 'joining' && !inTouch(world)) {
		yield after(world, `${name}: ${peer} is lost`, next => Object.assign(next[name], {sees: 'lost'}));
	}
	// Two nodes of two: each has quorum by itself, once it has seen the other one (wait_for_all).
	if (sees === 'lost' && quorum) {
		yield after(world, `${name}: ${peer} is fenced`, next => {
			Object.assign(next[peer], DEAD);
			Object.assign(next[name], {sees: 'fenced', promoted: false, imported: false});
		});
	}
}

/** What is left of a node whose power is off. */
export const DEAD: Partial<Node> = {
	power: 'off',
	drbd: undefined,
	handler: undefined,
	lifting: '',
	pool: false,
	guests: false,
	action: '',
	leaving: '',
	pacemaker: false,
	quorum: false,
	sees: 'unknown',
	promoted: false,
	imported: false,
	booted: true,
};

/** Both take the newer CIB, by epoch, then by num_updates; where these are the same, either may be it. */
function* join(world: World): Iterable<Move> {
	const best = Math.max(...NAMES.map(name => newness(world[name])));
	const rules = new Set(NAMES.filter(name => newness(world[name]) === best).map(name => world[name].rule));
	for (const rule of rules) {
		const which = rules.size > 1 ? `, with the CIB that has ${rule ? `the constraint of ${rule}` : 'no constraint'}` : '';
		yield after(world, `the two are one cluster${which}`, next => {
			for (const name of NAMES) {
				const peer = next[other(name)];
				const promoted = peer.drbd?.role === 'Primary' || peer.action === 'promote';
				Object.assign(next[name], {rule, edits: 0, booted: false, sees: 'member', quorum: true, promoted, imported: peer.pool});
			}
		});
	}
}

const newness = ({edits, booted}: Node): number => 2 * edits + (booted ? 0 : 1);

/** Unclean nodes are fenced before anything else is done; a node that joins is waited for. */
const CALM = new Set<Node['sees']>(['member', 'fenced', 'down', 'stopped']);

interface Asked {
	node: Node;
	/** What runs here runs where it must not: also a promotion that came to its end when nobody waited for it any more. */
	away: boolean;
	/** The other node has the pool. */
	imported: boolean;
	promotable: boolean;
}

/** When the manager begins an action; one at a time in the whole cluster. */
const ORDERS: Record<Action, (asked: Asked) => boolean> = {
	start: ({node: {drbd, leaving}}) => !drbd && leaving === '',
	promote: ({node: {drbd}, away, promotable}) => drbd?.role === 'Secondary' && !away && promotable,
	import: ({node: {drbd, pool}, away, imported}) => drbd?.role === 'Primary' && !(pool || drbd.held || away || imported),
	export: ({node: {drbd, pool, guests}, away}) => pool && !guests && !drbd?.held && away,
	demote: ({node: {drbd, pool}, away}) => drbd?.role === 'Primary' && !pool && away,
	stop: ({node: {drbd, leaving}}) => drbd?.role === 'Secondary' && leaving === 'all',
};

function* orders(world: World, name: Name, rules: Rules): Iterable<Move> {
	const node = world[name];
	if (!(node.quorum && CALM.has(node.sees)) || node.action || (united(world) && world[other(name)].action)) {
		return;
	}
	const elsewhere = node.sees === 'member';
	const away = node.leaving !== '' || node.rule === other(name) || (elsewhere && node.promoted);
	const promotable = typeof rules.score((facts(name, node) ?? NOTHING) as Facts, SCALE, false) === 'number';
	for (const action of Object.keys(ORDERS) as Action[]) {
		if (ORDERS[action]({node, away, imported: elsewhere && node.imported, promotable})) {
			yield after(world, `${name}: ${action} begins`, next => begin(next, name, action));
		}
	}
	if (node.guests ? away : node.pool && !away) {
		yield after(world, `${name}: the guests ${node.guests ? 'stop' : 'start'}`, next => Object.assign(next[name], {guests: !node.guests}));
	}
}

/** What is under way counts as done: the worst is assumed. */
function begin(world: World, name: Name, action: Action): void {
	world[name].action = action;
	if (united(world)) {
		const peer = world[other(name)];
		peer.promoted ||= action === 'promote';
		peer.imported ||= action === 'import';
	}
}

const NOTHING = {volumes: []};
/** The agent's default. */
const SCALE = [5, 10, 1000, 10_000] as const;

/** What the agent sees of the resource. */
export function facts(name: string, {drbd}: Node): Facts | undefined {
	if (!drbd) {
		return undefined;
	}
	const {role, disk, connection, peerRole, peerDisk, held} = drbd;
	const volume = {volume: 0, minor: 0, disk, peerDisk, replication: 'Off', quorum: true, client: false, inSync: undefined};
	return {name, role, connection, peerRole, disk, peerDisk, suspended: held ? 'fencing' : 'no', volumes: [volume]};
}
