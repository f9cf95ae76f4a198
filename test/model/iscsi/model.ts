import {faults, isMend} from '../breaks.ts';
import {manager} from '../cluster.ts';
import type {Model} from '../explore.ts';
import {leaseOf} from '../lease.ts';
import {type Bounds, NAMES} from '../pair.ts';
import {agents} from './agents.ts';
import {kind, orders} from './cluster.ts';
import {life, ofNode} from './faults.ts';
import {serves, storage} from './halves.ts';
import {INVARIANTS} from './invariants.ts';
import {keepers} from './keeper.ts';
import {RULES, type Rules} from './rules.ts';
import {healthy, type World} from './world.ts';

const STOPS = /^(exports|lays down)$/u;

export const model = (bounds: Bounds, rules: Rules = RULES): Model<World> => ({
	start: healthy(bounds),
	*moves(world) {
		yield* life(world);
		yield* storage(world);
		yield* keepers(world, rules);
		yield* agents(world, rules);
		yield* manager(world, kind, orders);
		yield* faults(world, kind, ofNode);
	},
	invariants: INVARIANTS,
	ends: {
		'the pool is served': world => NAMES.some(name => serves(world, name)),
		'both halves are in step, and the lease says so': world =>
			NAMES.some(
				name =>
					serves(world, name) && world[name].mine === 'in' && world[name].leg === 'in' && leaseOf(world[name].lease).current.length === 2,
			),
	},
	unmended: {
		'a stop that is under way is over': world => NAMES.every(name => world[name].power !== 'on' || !STOPS.test(world[name].action)),
	},
	isFault: (before, next) => before.faults !== next.faults,
	isMend,
});
