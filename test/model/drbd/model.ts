import type {Model} from '../explore.ts';
import {agents} from './agents.ts';
import {manager} from './cluster.ts';
import {faults, life, serves} from './faults.ts';
import {handlers} from './handlers.ts';
import {INVARIANTS} from './invariants.ts';
import {kernel} from './kernel.ts';
import {RULES, type Rules} from './rules.ts';
import {type Bounds, healthy, key, NAMES, type World} from './world.ts';

export const model = (bounds: Bounds, rules: Rules = RULES): Model<World> => ({
	start: healthy(bounds),
	*moves(world) {
		yield* life(world);
		yield* kernel(world);
		yield* handlers(world, rules);
		yield* agents(world, rules);
		yield* manager(world, rules);
		yield* faults(world);
	},
	key,
	invariants: INVARIANTS,
	ends: {
		'the pool and its guests are served': world => NAMES.some(name => serves(world, name) && world[name].guests),
		'both sides are in step, and no constraint is left': world =>
			NAMES.some(name => serves(world, name)) &&
			NAMES.every(name => world[name].rule === '' && world[name].drbd?.disk === 'UpToDate' && world[name].drbd?.peerDisk === 'UpToDate'),
	},
	isFault: (before, next) => before.faults !== next.faults,
});
