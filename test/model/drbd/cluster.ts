// What DRBD with a pool and its guests has of its own in the cluster manager's moves.
import type {Facts} from '../../../lib/drbd/states.ts';
import {type Kind, type Move, NAMES, type Name, other, united, unparted} from '../pair.ts';
import type {Rules} from './rules.ts';
import {type Action, after, type Node, type World} from './world.ts';

/** What is left of a node whose power is off. */
export const dead: Partial<Node> = {
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

/** fence-peer does not act upon what it saw long ago, or before things changed: it looks again. */
export function forgetLook({handler}: Node): void {
	if (handler) {
		handler.seen = undefined;
	}
}

/** What a member knows of this node. */
const onRecord = ({drbd, action, pool}: Node): Pick<Node, 'promoted' | 'imported'> => ({
	promoted: drbd?.role === 'Primary' || action === 'promote',
	imported: pool,
});

export const kind: Kind<World> = {
	after,
	dead,
	forgets: {promoted: false, imported: false},
	cib: ({rule, mark}) => `${rule} ${mark}`,
	told(cib) {
		const [rule] = cib.split(' ');
		return `the CIB that has ${rule ? `the constraint of ${rule}` : 'no constraint'}`;
	},
	adopts(world, name, cib) {
		const [rule, mark] = cib.split(' ');
		return {rule: rule as Node['rule'], mark: mark === 'true', ...onRecord(world[other(name)])};
	},
	uses: ({drbd}) => drbd !== undefined,
	/** fence-peer looks at the cluster twice a second while it waits for an answer. */
	loses: (world, name) => forgetLook(world[name]),
	/** What was told meanwhile arrives, where nobody had noticed yet. */
	arrives(world) {
		for (const name of united(world) ? NAMES : []) {
			Object.assign(world[name], onRecord(world[other(name)]));
		}
	},
};

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
	export: ({node: {pool, guests}, away}) => pool && !guests && away,
	demote: ({node: {drbd, pool}, away}) => drbd?.role === 'Primary' && !pool && away,
	stop: ({node: {drbd, leaving}}) => drbd?.role === 'Secondary' && leaving === 'all',
};

export function* orders(world: World, name: Name, rules: Rules): Iterable<Move<World>> {
	const node = world[name];
	if (unparted(world) && world[other(name)].action) {
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
	if (unparted(world)) {
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
