// What may go wrong, each within the budget; and what heals, is written, or is switched on again, always.
import {ended} from './agents.ts';
import {DEAD} from './cluster.ts';
import {after, connected, type Move, NAMES, type Name, type Node, other, type World} from './world.ts';

type Fault = (sentence: string, change: (next: World) => void) => Move;

export function* faults(world: World): Iterable<Move> {
	if (world.faults === 0) {
		return;
	}
	const fault: Fault = (sentence, change) =>
		after(world, sentence, next => {
			next.faults -= 1;
			change(next);
		});
	if (world.storage) {
		yield fault('the storage link is cut', next => Object.assign(next, {storage: false}));
	}
	if (world.link) {
		yield fault('the cluster link is cut', next => Object.assign(next, {link: false}));
	}
	for (const name of NAMES) {
		if (world[name].power !== 'off') {
			yield fault(`${name}: the power is cut`, next => Object.assign(next[name], DEAD));
		}
		if (world[name].power === 'on') {
			yield* ofNode(world, name, fault);
		}
	}
}

function* ofNode(world: World, name: Name, fault: Fault): Iterable<Move> {
	const {handler, action, pacemaker, leaving, pool} = world[name];
	yield fault(`${name} hangs`, next => Object.assign(next[name], {power: 'hung'}));
	if (handler) {
		yield fault(`${name}: fence-peer is killed`, next => Object.assign(next[name], {handler: undefined}));
	}
	if (action) {
		yield fault(`${name}: ${action} runs out of time`, next => ended(next, name));
	} else if (pacemaker) {
		yield* leaves(world, name, fault);
	}
	if (pacemaker && leaving === '') {
		yield fault(`${name} is to be rid of everything`, next => Object.assign(next[name], {leaving: 'all'}));
	}
	if (pacemaker && leaving === '' && pool) {
		yield fault(`${name} is to be rid of the pool`, next => Object.assign(next[name], {leaving: 'pool'}));
	}
}

/** Pacemaker stops: with all that ran there, or, in maintenance mode, without a care for it. */
function* leaves(world: World, name: Name, fault: Fault): Iterable<Move> {
	const {drbd, sees} = world[name];
	for (const as of ['stopped', 'down'] as const) {
		const how = as === 'down' ? 'Pacemaker and Corosync stop' : 'Pacemaker stops';
		yield fault(`${name}: ${how}${drbd ? ', in maintenance mode' : ''}`, next => {
			Object.assign(next[name], {pacemaker: false, quorum: false, booted: true, sees: 'unknown', promoted: false, imported: false});
			const peer = next[other(name)];
			if (world.link && peer.power === 'on' && peer.pacemaker && sees === 'member' && peer.sees === 'member') {
				peer.sees = as;
			}
		});
	}
}

export function* life(world: World): Iterable<Move> {
	if (!world.storage) {
		yield after(world, 'the storage link is back', next => Object.assign(next, {storage: true}));
	}
	if (!world.link) {
		yield after(world, 'the cluster link is back', next => Object.assign(next, {link: true}));
	}
	for (const name of NAMES) {
		const node = world[name];
		if (node.power === 'hung') {
			yield after(world, `${name} goes on`, next => Object.assign(next[name], {power: 'on'}));
		} else if (node.power === 'off') {
			yield after(world, `${name} is switched on`, next => Object.assign(next[name], {power: 'on', pacemaker: true}));
		} else if (!node.pacemaker) {
			yield after(world, `${name}: Pacemaker starts`, next => Object.assign(next[name], {pacemaker: true}));
		}
		const {leaving, drbd} = node;
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
