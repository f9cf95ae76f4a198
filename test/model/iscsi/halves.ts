// The halves: what the labels tell of them, what ZFS does with them, and the sessions that carry them.
import type {Half} from '../../../lib/iscsi/grant.ts';
import {type Move, NAMES, type Name, other} from '../pair.ts';
import {after, carries, loggedIn, type World} from './world.ts';

/** An import, or a write, is so many transaction groups: what was written alone can be told from what a power cut left. */
const GROUPS = 3;
const FIRST = 100;

const seen = new Map<string, Pick<Half, 'txg' | 'trail'>>();

export function half(world: World, name: Name): Half {
	const {data} = world[name];
	const known = seen.get(data) ?? labels(data);
	seen.set(data, known);
	return {guid: name, path: `/dev/${name}`, ...known};
}

function labels(data: string): Pick<Half, 'txg' | 'trail'> {
	const groups = Array.from({length: 1 + GROUPS * data.length}, (_, at): [number, string] => [
		FIRST + at,
		`${data.slice(0, Math.ceil(at / GROUPS))}${at}`,
	]);
	return {txg: FIRST + GROUPS * data.length, trail: new Map(groups)};
}

/** The halves that this host can read now. */
export const inReach = (world: World, name: Name): Name[] => (loggedIn(world, name) ? [name, other(name)] : [name]);

/** ZFS takes the newest labels in reach for the truth; the leg that is older is brought up by the keeper, its own half by itself. */
export function imported(world: World, name: Name): void {
	const [node, peer] = [world[name], world[other(name)]];
	const both = loggedIn(world, name);
	const truth = both && peer.data.length > node.data.length ? peer.data : node.data;
	const mineGood = node.data === truth && !node.partial;
	const legGood = both && peer.data === truth && !peer.partial;
	node.pool = true;
	node.leg = legGood || (both && !mineGood) ? 'in' : 'out';
	node.mine = mineGood || !legGood ? 'in' : 'waits';
	if (node.mine === 'waits') {
		Object.assign(node, {data: truth, partial: true});
	}
	append(world, name, name === 'alpha' ? 'A' : 'B');
}

function append(world: World, name: Name, letter: string): void {
	const [node, peer] = [world[name], world[other(name)]];
	node.data += letter;
	if (node.leg !== 'out') {
		peer.data += letter;
	}
}

/** Whether the pool takes writes here: a leg that is not there and not let go holds them. */
export const serves = (world: World, name: Name): boolean =>
	world[name].power === 'on' && world[name].pool && (world[name].leg === 'out' || loggedIn(world, name));

export function* storage(world: World): Iterable<Move<World>> {
	for (const name of NAMES.filter(one => world[one].power === 'on')) {
		const {session, pool} = world[name];
		if (session === 'LOGGED_IN' && !carries(world, name)) {
			yield after(world, `${name}: the session is lost, and holds`, next => Object.assign(next[name], {session: 'FAILED'}));
		}
		if (session === 'FAILED' && carries(world, name)) {
			yield after(world, `${name}: the session is back`, next => Object.assign(next[name], {session: 'LOGGED_IN'}));
		}
		if (world.writes > 0 && serves(world, name)) {
			yield after(world, `${name}: a write is acknowledged`, next => {
				append(next, name, name === 'alpha' ? 'a' : 'b');
				next.writes -= 1;
				next.acked = next[name].data;
			});
		}
		if (pool && serves(world, name)) {
			yield* resilver(world, name);
		}
	}
}

function* resilver(world: World, name: Name): Iterable<Move<World>> {
	for (const [side, whose] of [
		['mine', name],
		['leg', other(name)],
	] as const) {
		if (world[name][side] === 'waits') {
			yield after(world, `${name}: the resilver of ${whose}'s half begins`, next => Object.assign(next[name], {[side]: 'runs'}));
		} else if (world[name][side] === 'runs') {
			yield after(world, `${name}: ${whose}'s half is resilvered`, next => {
				next[name][side] = 'over';
				next[whose].partial = false;
			});
		}
	}
}
