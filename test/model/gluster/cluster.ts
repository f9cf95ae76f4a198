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
			next[name].sees = 'fenced';
		});
	}
}

/** What is left of a node whose power is off: its copy, glusterd's configuration, and its copy of the CIB. */
export const DEAD: Partial<Node> = {
	power: 'off',
	brick: false,
	daemon: false,
	client: 0,
	mine: false,
	theirs: false,
	note: false,
	keeper: '',
	told: '',
	action: '',
	leaving: false,
	pacemaker: false,
	quorum: false,
	sees: 'unknown',
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
				Object.assign(next[name], {lease, edits: 0, booted: false, sees: 'member', quorum: true});
			}
		});
	}
}

/** Unclean nodes are fenced before anything else is done; a node that joins is waited for. */
const CALM = new Set<Node['sees']>(['member', 'fenced', 'down', 'stopped']);

/** A clone: each node has its own, and nobody waits for the other one. */
function* orders(world: World, name: Name): Iterable<Move> {
	const {quorum, sees, action, leaving, note, brick} = world[name];
	if (!(quorum && CALM.has(sees)) || action || !mayOrder(world, name)) {
		return;
	}
	const begins = (what: 'start' | 'stop'): Move =>
		after(world, `${name}: ${what} begins`, next => {
			next[name].action = what === 'start' ? 'asks' : 'unmounts';
			order(next, name);
		});
	if (!(note || leaving)) {
		yield begins('start');
	}
	if ((note || brick) && leaving) {
		yield begins('stop');
	}
}
