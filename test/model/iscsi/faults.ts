// What may go wrong with a node of a mirror that has an iSCSI leg.
import {type Fault, heals, leaves} from '../breaks.ts';
import {type Move, NAMES, type Name} from '../pair.ts';
import {kind} from './cluster.ts';
import {after, type World} from './world.ts';

export function* ofNode(world: World, name: Name, fault: Fault<World>): Iterable<Move<World>> {
	const {keeper, action, pacemaker, leaving} = world[name];
	if (keeper) {
		yield fault(`${name}: the keeper is killed`, next => Object.assign(next[name], {keeper: '', known: false}));
	}
	if (action && !/exports|lays down/u.test(action)) {
		// What a start has left half done, the stop that follows clears.
		yield fault(`${name}: start is killed where it "${action}", and a stop begins`, next => Object.assign(next[name], {action: 'exports'}));
	}
	if (pacemaker && !leaving) {
		yield fault(`${name} is to be rid of the pool`, next => Object.assign(next[name], {leaving: true}));
	}
	yield* leaves(world, name, fault, kind);
}

export function* life(world: World): Iterable<Move<World>> {
	yield* heals(world, kind);
	for (const name of NAMES) {
		const {leaving, pool, note, action} = world[name];
		if (leaving && !(pool || note || action)) {
			yield after(world, `${name} may have it again`, next => Object.assign(next[name], {leaving: false}));
		}
	}
}
