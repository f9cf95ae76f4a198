// A cluster manager of two nodes that follows Pacemaker's rules, and within them does anything at any time.
import {after, inTouch, type Move, mayOrder, NAMES, type Name, type Node, order, other, united, type World} from './world.ts';

export function* manager(world: World): Iterable<Move> {
	for (const name of NAMES) {
		if (world[name].power === 'on' && world[name].pacemaker) {
			yield* membership(world, name);
			yield* orders(world, name);
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
	if (sees === 'member' ? !united(world) : sees === 'joining' && !inTouch(world)) {
		yield after(world, `${name}: ${peer} is lost`, next => Object.assign(next[name], {sees: 'lost'}));
	}
	// Two nodes of two: each has quorum by itself, once it has seen the other one (wait_for_all). A fencing that fails is one that is late.
	if (sees === 'lost' && quorum) {
		yield after(world, `${name}: ${peer} is fenced`, next => {
			Object.assign(next[peer], DEAD);
			Object.assign(next[name], {sees: 'fenced', active: false});
		});
	}
}

/** What is left of a node whose power is off: its disk, and its copy of the CIB. */
export const DEAD: Partial<Node> = {
	power: 'off',
	offered: false,
	session: 'none',
	note: false,
	pool: false,
	mine: 'out',
	leg: 'out',
	keeper: '',
	known: false,
	action: '',
	leaving: false,
	pacemaker: false,
	quorum: false,
	sees: 'unknown',
	active: false,
	booted: true,
};

const newness = ({edits, booted}: Node): number => 2 * edits + (booted ? 0 : 1);

/** Both take the newer CIB, by epoch, then by num_updates; where these are the same, either may be it. */
function* join(world: World): Iterable<Move> {
	const best = Math.max(...NAMES.map(name => newness(world[name])));
	const leases = new Set(NAMES.filter(name => newness(world[name]) === best).map(name => world[name].lease));
	for (const lease of leases) {
		yield after(world, `the two are one cluster${leases.size > 1 ? `, with ${lease}` : ''}`, next => {
			next.dc = '';
			for (const name of NAMES) {
				const peer = next[other(name)];
				const active = peer.pool || peer.note || peer.action !== '';
				Object.assign(next[name], {lease, edits: 0, booted: false, sees: 'member', quorum: true, active});
			}
		});
	}
}

/** Unclean nodes are fenced before anything else is done; a node that joins is waited for. */
const CALM = new Set<Node['sees']>(['member', 'fenced', 'down', 'stopped']);

/** One action at a time in the whole cluster; what is under way counts as done: the worst is assumed. */
function* orders(world: World, name: Name): Iterable<Move> {
	const {quorum, sees, action, leaving, active, pool, note} = world[name];
	const busy = sees === 'member' && world[other(name)].sees === 'member' && world[other(name)].action !== '';
	if (!(quorum && CALM.has(sees)) || action || busy || !mayOrder(world, name)) {
		return;
	}
	const away = leaving || (sees === 'member' && active);
	if (!(pool || note || away)) {
		yield after(world, `${name}: start begins`, next => {
			next[name].action = 'asks';
			order(next, name);
			if (united(world)) {
				next[other(name)].active = true;
			}
		});
	}
	if ((pool || note) && away) {
		yield after(world, `${name}: stop begins`, next => {
			next[name].action = 'exports';
			order(next, name);
		});
	}
}
