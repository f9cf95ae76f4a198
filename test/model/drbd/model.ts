import {faults, isMend} from '../breaks.ts';
import {manager} from '../cluster.ts';
import type {Model} from '../explore.ts';
import {type Bounds, inTouch, NAMES, type Name} from '../pair.ts';
import {agents} from './agents.ts';
import {kind, orders} from './cluster.ts';
import {life, ofNode, serves} from './faults.ts';
import {handlers} from './handlers.ts';
import {INVARIANTS} from './invariants.ts';
import {kernel} from './kernel.ts';
import {RULES, type Rules} from './rules.ts';
import {healthy, type World} from './world.ts';

const STOPS = /^(export|demote|stop)$/u;
/**
 * Beside a peer that the cluster cannot reach either: whoever was not fenced in time may still write. Or fence-peer gave up for the same
 * reason, or was killed, and the kernel does not ask twice.
 */
const frozen = (world: World, name: Name): boolean => {
	const {drbd, handler} = world[name];
	return drbd?.held === true && !(inTouch(world) && handler);
};

export const model = (bounds: Bounds, rules: Rules = RULES): Model<World> => ({
	start: healthy(bounds),
	*moves(world) {
		yield* life(world);
		yield* kernel(world, rules);
		yield* handlers(world, rules);
		yield* agents(world, rules);
		yield* manager(world, kind, (now, name) => orders(now, name, rules));
		yield* faults(world, kind, ofNode);
	},
	invariants: INVARIANTS,
	ends: {
		'the pool and its guests are served': world => NAMES.some(name => serves(world, name) && world[name].guests),
		'both sides are in step, and no constraint is left': world =>
			NAMES.some(name => serves(world, name)) &&
			NAMES.every(name => world[name].rule === '' && world[name].drbd?.disk === 'UpToDate' && world[name].drbd?.peerDisk === 'UpToDate'),
	},
	unmended: {
		'a stop that is under way is over': world =>
			NAMES.every(name => world[name].power !== 'on' || !STOPS.test(world[name].action) || frozen(world, name)),
	},
	isFault: (before, next) => before.faults !== next.faults,
	isMend,
});
