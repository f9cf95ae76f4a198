// What must hold in every world that can be reached.

import {NAMES} from '../pair.ts';
import {serves} from './faults.ts';
import type {World} from './world.ts';

const alive = (world: World) => NAMES.map(name => world[name]).filter(({power}) => power !== 'off');

export const INVARIANTS: Record<string, (world: World) => boolean> = {
	'the pool is imported on one node': world => alive(world).filter(({pool}) => pool).length <= 1,

	'one node is Primary': world => alive(world).filter(({drbd}) => drbd?.role === 'Primary').length <= 1,

	'no guest runs on both nodes': world => alive(world).filter(({guests}) => guests).length <= 1,

	'guests run only where the pool is': world => alive(world).every(({guests, pool}) => pool || !guests),

	'the pool is imported only where its device is Primary': world => alive(world).every(({pool, drbd}) => drbd?.role === 'Primary' || !pool),

	'who serves has every acknowledged write': world =>
		NAMES.every(name => {
			const {drbd, data} = world[name];
			return !serves(world, name) || drbd?.disk !== 'UpToDate' || data.startsWith(world.acked);
		}),

	'every acknowledged write is on a good disk': world =>
		NAMES.some(name => world[name].quality !== 'Inconsistent' && world[name].data.startsWith(world.acked)),

	'the data has one history': ({alpha, bravo}) =>
		[alpha, bravo].some(({quality}) => quality === 'Inconsistent') ||
		alpha.data.startsWith(bravo.data) ||
		bravo.data.startsWith(alpha.data),
};
