import {faults, isMend} from '../breaks.ts';
import {manager} from '../cluster.ts';
import type {Model} from '../explore.ts';
import {leaseOf} from '../lease.ts';
import {type Bounds, NAMES} from '../pair.ts';
import {agents} from './agents.ts';
import {kind, orders} from './cluster.ts';
import {life, ofNode} from './faults.ts';
import {INVARIANTS} from './invariants.ts';
import {keepers} from './keeper.ts';
import {RULES, type Rules} from './rules.ts';
import {acknowledge, volume} from './volume.ts';
import {healthy, type World} from './world.ts';

const STOPS = /^(unmounts|hands over|lets one be enough|needs both|ends)$/u;

export const model = (bounds: Bounds, rules: Rules = RULES): Model<World> => ({
	start: healthy(bounds),
	*moves(world) {
		yield* life(world, rules);
		yield* volume(world);
		yield* keepers(world, rules);
		yield* agents(world, rules);
		yield* manager(world, kind, orders);
		yield* faults(world, kind, ofNode);
	},
	invariants: INVARIANTS,
	ends: {
		'the volume is served': world => NAMES.some(name => acknowledge(world, name).length > 0),
		'both copies have everything, writes need both, and the lease says so': world =>
			NAMES.every(
				name =>
					acknowledge(world, name).length === 2 &&
					world[name].client === 2 &&
					!world[name].blames &&
					leaseOf(world[name].lease).current.length === 2,
			),
	},
	unmended: {
		'a stop that is under way is over': world => NAMES.every(name => world[name].power !== 'on' || !STOPS.test(world[name].action)),
	},
	isFault: (before, next) => before.faults !== next.faults,
	isMend,
});
