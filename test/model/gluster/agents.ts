// The agent's start and stop: one step at a time, anything may come between.
import {word} from './keeper.ts';
import {set, shown} from './lease.ts';
import type {Rules} from './rules.ts';
import {configure, early, endBrick} from './volume.ts';
import {after, answers, inSight, leaseOf, type Move, NAMES, type Name, type Node, other, type Step, type World} from './world.ts';

export function* agents(world: World, rules: Rules): Iterable<Move> {
	for (const name of NAMES) {
		const {power, action} = world[name];
		if (power === 'on' && action) {
			yield* STEPS[action](world, name, rules);
		}
	}
}

const goesOn = (world: World, name: Name, sentence: string, change: Partial<Node>): Move =>
	after(world, `${name}: ${sentence}`, next => Object.assign(next[name], change));
/** A stop follows. */
const refused = (world: World, name: Name, why: string): Move => goesOn(world, name, `start is refused: ${why}`, {action: 'unmounts'});

function* resigns(world: World, name: Name, rules: Rules, then: Step, otherwise: Step): Iterable<Move> {
	const {lease, sees} = world[name];
	const goes = (action: Step) => (next: World) => Object.assign(next[name], {action, asked: sees});
	if (!leaseOf(lease).current.includes(other(name))) {
		yield goesOn(world, name, 'nobody else has everything', {action: otherwise});
		return;
	}
	const change = {before: lease, lease: rules.resigned(leaseOf(lease), name, other(name), 0), done: goes(then), failed: goes(otherwise)};
	yield* set(world, name, change, rules, `${other(name)} has the say`);
}

const STEPS: Record<Step, (world: World, name: Name, rules: Rules) => Iterable<Move>> = {
	*asks(world, name, rules) {
		const {pacemaker, quorum, lease} = world[name];
		if (!(pacemaker && quorum)) {
			yield refused(world, name, 'no lease');
		} else if (rules.mayServe(rules.roleOf(leaseOf(lease), name), inSight(world) && world[other(name)].daemon)) {
			yield goesOn(world, name, 'this copy may be served', {action: 'serves'});
		} else {
			yield refused(world, name, "this node's copy is behind");
		}
	},
	*serves(world, name) {
		yield goesOn(world, name, 'glusterd and the brick are started, and who keeps them', {
			action: 'waits',
			daemon: true,
			brick: true,
			note: true,
		});
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
			yield* resigns(world, name, rules, count === 1 ? 'hands over again' : 'lets one be enough', 'ends');
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
				next[name].action = rules.again ? 'hands over again' : 'ends';
			});
		}
	},
	*'hands over again'(world, name, rules) {
		yield* resigns(world, name, rules, 'makes sure', 'needs both');
	},
	*'makes sure'(world, name, rules) {
		yield !rules.given || shown(world, name, rules)
			? goesOn(world, name, `${other(name)} knows that it has the say`, {action: 'ends'})
			: goesOn(world, name, `${other(name)} does not show the lease`, {action: 'needs both'});
	},
	*'needs both'(world, name) {
		yield after(world, `${name}: writes need both copies`, next => {
			configure(next, name, 2);
			next[name].action = 'ends';
		});
	},
	*ends(world, name) {
		yield after(world, `${name}: the brick and glusterd end`, next => {
			endBrick(next, name);
			Object.assign(next[name], {action: '', note: false, daemon: false});
		});
	},
};
