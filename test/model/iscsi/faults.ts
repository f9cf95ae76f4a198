// What may go wrong, each within the budget; and what heals, or is switched on again, always.
import {DEAD} from './cluster.ts';
import {arrives} from './copies.ts';
import {after, type Move, NAMES, type Name, other, type World} from './world.ts';

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
			yield fault(`${name} hangs`, next => Object.assign(next[name], {power: 'hung'}));
			yield* ofNode(world, name, fault);
		}
	}
}

function* ofNode(world: World, name: Name, fault: Fault): Iterable<Move> {
	const {keeper, action, pacemaker, leaving, sees, pool, note} = world[name];
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
	if (pacemaker && !action) {
		for (const as of ['stopped', 'down'] as const) {
			const how = `${as === 'down' ? 'Pacemaker and Corosync stop' : 'Pacemaker stops'}${pool || note ? ', in maintenance mode' : ''}`;
			yield fault(`${name}: ${how}`, next => {
				Object.assign(next[name], {pacemaker: false, quorum: false, booted: true, sees: 'unknown', active: false});
				const peer = next[other(name)];
				if (world.link && peer.power === 'on' && peer.pacemaker && sees === 'member' && peer.sees === 'member') {
					peer.sees = as;
				}
			});
		}
	}
}

export function* life(world: World): Iterable<Move> {
	if (!world.storage) {
		yield after(world, 'the storage link is back', next => Object.assign(next, {storage: true}));
	}
	if (!world.link) {
		yield after(world, 'the cluster link is back', next => {
			next.link = true;
			arrives(next);
		});
	}
	for (const name of NAMES) {
		const {power, pacemaker, leaving, pool, note, action} = world[name];
		if (power === 'hung') {
			yield after(world, `${name} goes on`, next => {
				next[name].power = 'on';
				arrives(next);
			});
		} else if (power === 'off') {
			yield after(world, `${name} is switched on`, next => Object.assign(next[name], {power: 'on', pacemaker: true, offered: true}));
		} else if (!pacemaker) {
			yield after(world, `${name}: Pacemaker starts`, next => Object.assign(next[name], {pacemaker: true}));
		}
		if (leaving && !(pool || note || action)) {
			yield after(world, `${name} may have it again`, next => Object.assign(next[name], {leaving: false}));
		}
	}
}
