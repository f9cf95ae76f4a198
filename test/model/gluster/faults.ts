// What may go wrong with a node of a replicated volume.
import {type Fault, heals, leaves} from '../breaks.ts';
import {type Move, NAMES, type Name, wired} from '../pair.ts';
import {dead, kind} from './cluster.ts';
import {halts} from './keeper.ts';
import type {Rules} from './rules.ts';
import {endBrick} from './volume.ts';
import {after, type Node, type World} from './world.ts';

/**
 * Left out: a brick that is killed while one copy is enough and both are in reach, as between a node's return and the quorum that is raised
 * again; or while that is being made so. Clients see it at once, and the brick that is left takes their writes, whichever it is: with two
 * copies Gluster has no word for which it should be.
 */
const EXCLUDED = true;
const exposed = (world: World): boolean =>
	wired(world) &&
	NAMES.every(name => world[name].brick) &&
	NAMES.some(name => {
		const {count, client, keeper, action} = world[name];
		return count === 1 || client === 1 || keeper === 'lowers' || action === 'lets one be enough';
	});

const STOPS = new Set<Node['action']>(['unmounts', 'hands over', 'lets one be enough', 'needs both', 'ends']);

export function* ofNode(world: World, name: Name, fault: Fault<World>): Iterable<Move<World>> {
	const {keeper, action, pacemaker, leaving, brick} = world[name];
	if (brick && !(EXCLUDED && exposed(world))) {
		yield fault(`${name}: the brick is killed`, next => endBrick(next, name));
	}
	if (keeper) {
		yield fault(`${name}: the keeper is killed`, next => Object.assign(next[name], {keeper: '', told: ''}));
	}
	if (action) {
		const what = STOPS.has(action) ? ['stop', 'and the node is fenced'] : ['start', 'and a stop begins'];
		yield fault(`${name}: ${what[0]} is killed where it "${action}", ${what[1]}`, next =>
			Object.assign(next[name], STOPS.has(action) ? dead : {action: 'unmounts'}),
		);
	}
	if (pacemaker && !leaving) {
		yield fault(`${name} is to be rid of the volume`, next => Object.assign(next[name], {leaving: true}));
	}
	yield* leaves(world, name, fault, kind);
}

/** A link that is back so soon after the lease was lost that a keeper has not ended its brick yet is left out: that takes some seconds. */
export function* life(world: World, rules: Rules): Iterable<Move<World>> {
	yield* heals(
		world,
		kind,
		NAMES.some(name => halts(world, name, rules)),
	);
	for (const name of NAMES) {
		const {leaving, note, action} = world[name];
		if (leaving && !(note || action)) {
			yield after(world, `${name} may have it again`, next => Object.assign(next[name], {leaving: false}));
		}
	}
}
