// What may go wrong with a node that has DRBD, and what is written.
import {type Fault, heals, leaves} from '../breaks.ts';
import {type Move, NAMES, type Name, other} from '../pair.ts';
import {failed} from './agents.ts';
import {kind} from './cluster.ts';
import {after, connected, type Node, type World} from './world.ts';

export function* ofNode(world: World, name: Name, fault: Fault<World>): Iterable<Move<World>> {
	const {handler, action, pacemaker, leaving, pool} = world[name];
	if (handler) {
		yield fault(`${name}: fence-peer is killed`, next => Object.assign(next[name], {handler: undefined}));
	}
	// A stop, demote or export that runs out of time has its node fenced: a power cut.
	if (/^(start|promote|import)$/u.test(action)) {
		yield fault(`${name}: ${action} runs out of time`, next => failed(next, name));
	}
	yield* leaves(world, name, fault, kind);
	if (pacemaker && leaving === '') {
		yield fault(`${name} is to be rid of everything`, next => Object.assign(next[name], {leaving: 'all'}));
	}
	if (pacemaker && leaving === '' && pool) {
		yield fault(`${name} is to be rid of the pool`, next => Object.assign(next[name], {leaving: 'pool'}));
	}
}

export function* life(world: World): Iterable<Move<World>> {
	yield* heals(world, kind);
	for (const name of NAMES) {
		const {leaving, drbd} = world[name];
		if (leaving !== '' && (leaving === 'all' ? !drbd : drbd?.role !== 'Primary')) {
			yield after(world, `${name} may have it again`, next => Object.assign(next[name], {leaving: ''}));
		}
		if (world.writes > 0 && writes(world, name)) {
			yield after(world, `${name}: a write is acknowledged`, next => write(next, name));
		}
	}
}

/** Whether the pool takes writes here: it is imported on a device that takes them. */
export function serves(world: World, name: Name): boolean {
	const {power, pool, drbd} = world[name];
	if (power !== 'on' || !pool || drbd?.role !== 'Primary' || drbd.held) {
		return false;
	}
	return drbd.connection === 'Connected'
		? connected(world) && (drbd.disk === 'UpToDate' || drbd.peerDisk === 'UpToDate')
		: drbd.disk === 'UpToDate';
}

const writes = (world: World, name: Name): boolean => world[name].guests && serves(world, name);

function write(world: World, name: Name): void {
	const has = ({quality}: Node): boolean => quality === 'UpToDate';
	const [node, peer] = [world[name], world[other(name)]];
	const letter = name === 'alpha' ? 'a' : 'b';
	for (const side of node.drbd?.connection === 'Connected' ? [node, peer] : [node]) {
		if (has(side)) {
			side.data += letter;
			world.acked = side.data;
		}
	}
	world.writes -= 1;
}
