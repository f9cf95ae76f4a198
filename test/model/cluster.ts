// A cluster manager of two nodes that follows Pacemaker's rules, and within them does anything at any time.
import {inTouch, type Kind, type Member, type Move, NAMES, type Name, other, type Pair, united} from './pair.ts';

type Moves<World> = Iterable<Move<World>>;

/** Who is a member, and what a member orders. */
export function* manager<World extends Pair<Member>>(
	world: World,
	kind: Kind<World>,
	orders: (world: World, name: Name) => Moves<World>,
): Moves<World> {
	for (const name of NAMES) {
		if (world[name].power === 'on' && world[name].pacemaker) {
			yield* membership(world, name, kind);
			if (world[name].quorum && CALM.has(world[name].sees) && !world[name].action) {
				yield* orders(world, name);
			}
		}
	}
	if (inTouch(world) && NAMES.every(name => world[name].sees === 'joining')) {
		yield* join(world, kind);
	}
}

/** Unclean nodes are fenced before anything else is done; a node that joins is waited for. */
const CALM = new Set<Member['sees']>(['member', 'fenced', 'down', 'stopped']);

function* membership<World extends Pair<Member>>(world: World, name: Name, {after, dead, forgets, loses}: Kind<World>): Moves<World> {
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
		yield after(world, `${name}: ${peer} is lost`, next => {
			next[name].sees = 'lost';
			loses?.(next, name);
		});
	}
	// Two nodes of two: each has quorum by itself, once it has seen the other one (wait_for_all). A fencing that fails is one that is late.
	if (sees === 'lost' && quorum) {
		yield after(world, `${name}: ${peer} is fenced`, next => {
			Object.assign(next[peer], dead);
			Object.assign(next[name], {sees: 'fenced', ...forgets});
		});
	}
}

const newness = ({edits, booted}: Member): number => 2 * edits + (booted ? 0 : 1);

/** Both take the newer CIB, by epoch, then by num_updates; where these are the same, either may be it. */
function* join<World extends Pair<Member>>(world: World, {after, cib, told, adopts, arrives}: Kind<World>): Moves<World> {
	const best = Math.max(...NAMES.map(name => newness(world[name])));
	const copies = new Set(NAMES.filter(name => newness(world[name]) === best).map(name => cib(world[name])));
	for (const copy of copies) {
		yield after(world, `the two are one cluster${copies.size > 1 ? `, with ${told(copy)}` : ''}`, next => {
			for (const name of NAMES) {
				Object.assign(next[name], adopts(next, name, copy), {edits: 0, booted: false, sees: 'member', quorum: true});
			}
			arrives?.(next);
		});
	}
}
