// The agent's start and stop: one step at a time, anything may come between.

import {leaseOf} from '../lease.ts';
import {type Move, NAMES, type Name, other, wired} from '../pair.ts';
import {set, shown} from './copies.ts';
import {word} from './keeper.ts';
import type {Rules} from './rules.ts';
import {configure, early, endBrick} from './volume.ts';
import {after, answers, type Node, type Step, type World} from './world.ts';

export function* agents(world: World, rules: Rules): Iterable<Move<World>> {
	for (const name of NAMES) {
		const {power, action} = world[name];
		if (power === 'on' && action) {
			yield* STEPS[action](world, name, rules);
		}
	}
}

const goesOn = (world: World, name: Name, sentence: string, change: Partial<Node>): Move<World> =>
	after(world, `${name}: ${sentence}`, next => Object.assign(next[name], change));
/** A stop follows. */
const refused = (world: World, name: Name, why: string): Move<World> =>
	goesOn(world, name, `start is refused: ${why}`, {action: 'unmounts'});

const STEPS: Record<Step, (world: World, name: Name, rules: Rules) => Iterable<Move<World>>> = {
	*asks(world, name, rules) {
		const {pacemaker, quorum, lease} = world[name];
		if (!(pacemaker && quorum)) {
			yield refused(world, name, 'no lease');
		} else if (rules.mayServe(rules.roleOf(leaseOf(lease), name), wired(world) && world[other(name)].daemon)) {
			yield goesOn(world, name, 'this copy may be served', {action: 'serves'});
		} else {
			yield refused(world, name, "this node's copy is behind");
		}
	},
	*serves(world, name) {
		yield goesOn(world, name, 'glusterd and the brick are started, and who keeps them', {
			action: name in leaseOf(world[name].lease).behind ? 'comes back' : 'waits',
			daemon: true,
			brick: true,
			note: true,
		});
	},
	*'comes back'(world, name, rules) {
		const {lease: text} = world[name];
		const lease = leaseOf(text);
		const goes =
			(action: Step): ((next: World) => void) =>
			next =>
				Object.assign(next[name], {action});
		if (rules.stopped(lease) && name in lease.behind) {
			const change = {before: text, lease: rules.returned(lease), done: goes('waits'), failed: goes('unmounts')};
			yield* set(world, name, change, rules, 'is back');
		} else {
			yield after(world, `${name}: is not missed`, goes('waits'));
		}
	},
	*waits(world, name, rules) {
		const is = word(world, name, rules);
		yield rules.ready(is, world[name].count)
			? goesOn(world, name, `clients may be let in: ${is}`, {action: 'mounts'})
			: refused(world, name, `it cannot be served yet: ${is}`);
	},
	*mounts(world, name) {
		const {count, brick} = world[name];
		yield goesOn(world, name, 'the volume is mounted', {action: '', client: count, mine: brick, theirs: answers(world, name)});
	},
	*unmounts(world, name) {
		yield goesOn(world, name, 'the volume is unmounted, and its keeper ends', {
			action: world[name].note ? 'hands over' : 'ends',
			client: 0,
			mine: false,
			theirs: false,
			keeper: '',
			told: '',
		});
	},
	*'hands over'(world, name, rules) {
		const {lease: text, count} = world[name];
		const lease = leaseOf(text);
		const role = rules.roleOf(lease, name);
		const goes =
			(action: Step): ((next: World) => void) =>
			next =>
				Object.assign(next[name], {action});
		if (!(answers(world, name) && rules.handsOver) || (role !== 'both' && (role !== 'ahead' || count === 2))) {
			yield after(world, `${name}: nothing to hand over`, goes('ends'));
		} else if (role === 'ahead') {
			yield after(world, `${name}: the other copy is behind`, goes('needs both'));
		} else {
			const done = (next: World): void => {
				Object.assign(next[name], {action: count === 1 ? 'ends' : 'lets one be enough', asked: world[name].sees});
			};
			const change = {before: text, lease: rules.resigned(lease, name, 0), done, failed: goes('ends')};
			yield* set(world, name, change, rules, `${other(name)} has the say`);
		}
	},
	*'lets one be enough'(world, name, rules) {
		// A brick that has come back in the very seconds of a stop is left out.
		if (early(world)) {
			return;
		}
		if (rules.given && !shown(world, name, rules)) {
			yield goesOn(world, name, `${other(name)} does not show the lease`, {action: 'ends'});
		} else {
			yield after(world, `${name}: one copy is enough`, next => {
				configure(next, name, 1);
				next[name].action = 'ends';
			});
		}
	},
	*'needs both'(world, name) {
		yield after(world, `${name}: writes need both copies`, next => {
			configure(next, name, 2);
			next[name].action = 'ends';
		});
	},
	*ends(world, name) {
		yield after(world, `${name}: the brick ends, glusterd is held`, next => {
			endBrick(next, name);
			Object.assign(next[name], {action: '', note: false, daemon: false});
		});
	},
};
