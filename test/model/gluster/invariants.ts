// What must hold in every world that can be reached.

import {leaseOf} from '../lease.ts';
import {NAMES, type Name, other} from '../pair.ts';
import {acknowledge} from './volume.ts';
import type {World} from './world.ts';

const hasAll = (world: World, name: Name): boolean => [...world.acked].every(write => world[name].data.includes(write));
/** Those whose cluster may act: what they believe is acted upon. */
const believers = (world: World): Name[] =>
	NAMES.filter(name => world[name].power !== 'off' && world[name].pacemaker && world[name].quorum);
const currentTo = (world: World, name: Name): readonly string[] => leaseOf(world[name].lease).current;
/** The copies that a client on this host may read: those that no other one in its reach blames. */
const readable = (world: World, name: Name): Name[] => {
	const bricks = acknowledge(world, name);
	return bricks.filter(one => !(bricks.includes(other(one)) && world[other(one)].blames));
};

export const INVARIANTS: Record<string, (world: World) => boolean> = {
	'every acknowledged write is on a copy': world => [...world.acked].every(write => NAMES.some(name => world[name].data.includes(write))),

	'one copy has every acknowledged write': world => NAMES.some(name => hasAll(world, name)),

	'the copies do not blame each other': world => !NAMES.every(name => world[name].blames),

	'no two copies take writes alone': world => !NAMES.every(copy => NAMES.some(name => acknowledge(world, name).join() === copy)),

	'a copy takes writes alone only where every lease that counts says so': world =>
		NAMES.map(name => acknowledge(world, name)).every(
			bricks => bricks.length !== 1 || believers(world).every(name => currentTo(world, name).join() === bricks.join()),
		),

	'what a client reads has every acknowledged write': world =>
		NAMES.every(name => readable(world, name).every(copy => hasAll(world, copy))),

	'the copies that a lease calls current have every acknowledged write': world =>
		believers(world).every(name => NAMES.every(copy => hasAll(world, copy) || !currentTo(world, name).includes(copy))),
};
