// What may go wrong, each within the budget; and what heals, or is switched on again, always.
import {DEAD} from './cluster.ts';
import {halts} from './keeper.ts';
import {arrives} from './lease.ts';
import type {Rules} from './rules.ts';
import {endBrick} from './volume.ts';
import {after, inSight, type Move, NAMES, type Name, type Node, other, type World} from './world.ts';

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

/**
 * Left out: a brick that is killed while one copy is enough and both are in reach, as between a node's return and the quorum that is raised
 * again; or while that is being made so. Clients see it at once, and the brick that is left takes their writes, whichever it is: with two
 * copies Gluster has no word for which it should be.
 */
const EXCLUDED = true;
const exposed = (world: World): boolean =>
	inSight(world) &&
	NAMES.every(name => world[name].brick) &&
	NAMES.some(name => {
		const {count, client, keeper, action} = world[name];
		return count === 1 || client === 1 || keeper === 'lowers' || action === 'lets one be enough';
	});

const STOPS = new Set<Node['action']>(['unmounts', 'hands over', 'lets one be enough', 'needs both', 'ends']);

function* ofNode(world: World, name: Name, fault: Fault): Iterable<Move> {
	const {keeper, action, pacemaker, leaving, sees, note, brick} = world[name];
	if (brick && !(EXCLUDED && exposed(world))) {
		yield fault(`${name}: the brick is killed`, next => endBrick(next, name));
	}
	if (keeper) {
		yield fault(`${name}: the keeper is killed`, next => Object.assign(next[name], {keeper: '', told: ''}));
	}
	if (action) {
		const what = STOPS.has(action) ? ['stop', 'and the node is fenced'] : ['start', 'and a stop begins'];
		yield fault(`${name}: ${what[0]} is killed where it "${action}", ${what[1]}`, next =>
			Object.assign(next[name], STOPS.has(action) ? DEAD : {action: 'unmounts'}),
		);
	}
	if (pacemaker && !leaving) {
		yield fault(`${name} is to be rid of the volume`, next => Object.assign(next[name], {leaving: true}));
	}
	if (pacemaker && !action) {
		for (const as of ['stopped', 'down'] as const) {
			const how = `${as === 'down' ? 'Pacemaker and Corosync stop' : 'Pacemaker stops'}${note ? ', in maintenance mode' : ''}`;
			yield fault(`${name}: ${how}`, next => {
				Object.assign(next[name], {pacemaker: false, quorum: false, booted: true, sees: 'unknown'});
				const peer = next[other(name)];
				if (world.link && peer.power === 'on' && peer.pacemaker && sees === 'member' && peer.sees === 'member') {
					peer.sees = as;
				}
			});
		}
	}
}

/** A link that is back so soon after the lease was lost that a keeper has not ended its brick yet is left out: that takes some seconds. */
export function* life(world: World, rules: Rules): Iterable<Move> {
	if (!(world.storage || NAMES.some(name => halts(world, name, rules)))) {
		yield after(world, 'the storage link is back', next => Object.assign(next, {storage: true}));
	}
	if (!world.link) {
		yield after(world, 'the cluster link is back', next => {
			next.link = true;
			arrives(next);
		});
	}
	for (const name of NAMES) {
		const {power, pacemaker, leaving, note, action} = world[name];
		if (power === 'hung') {
			yield after(world, `${name} goes on`, next => {
				next[name].power = 'on';
				arrives(next);
			});
		} else if (power === 'off') {
			yield after(world, `${name} is switched on`, next => Object.assign(next[name], {power: 'on', pacemaker: true}));
		} else if (!pacemaker) {
			yield after(world, `${name}: Pacemaker starts`, next => Object.assign(next[name], {pacemaker: true}));
		}
		if (leaving && !(note || action)) {
			yield after(world, `${name} may have it again`, next => Object.assign(next[name], {leaving: false}));
		}
	}
}
