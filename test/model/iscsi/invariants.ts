// What must hold in every world that can be reached.
import {leaseOf} from '../lease.ts';
import {NAMES, type Name, other} from '../pair.ts';
import type {Node, World} from './world.ts';

const owners = (world: World): Name[] => NAMES.filter(name => world[name].power !== 'off' && world[name].pool);
const sides = ({mine, leg}: Node, name: Name) => [
	{whose: name, standing: mine},
	{whose: other(name), standing: leg},
];
const hasAll = (world: World, name: Name): boolean => !world[name].partial && world[name].data.startsWith(world.acked);
const readFrom = (world: World, name: Name) => sides(world[name], name).filter(({standing}) => standing === 'in' || standing === 'over');

export const INVARIANTS: Record<string, (world: World) => boolean> = {
	'the pool is imported on one node': world => owners(world).length <= 1,

	'nobody else writes to the half of a host that has the pool': world => owners(world).every(name => !world[name].offered),

	'what the pool reads has every acknowledged write': world =>
		owners(world).every(name => readFrom(world, name).every(({whose}) => hasAll(world, whose))),

	'every resilver has a source with every acknowledged write': world =>
		owners(world).every(
			name =>
				!sides(world[name], name).some(({standing}) => standing === 'waits' || standing === 'runs') ||
				readFrom(world, name).some(({whose}) => hasAll(world, whose)),
		),

	'every acknowledged write is on a whole half': world => NAMES.some(name => hasAll(world, name)),

	'the pool goes on without a half only when the lease says so': world =>
		owners(world).every(name =>
			sides(world[name], name).every(({whose, standing}) => standing !== 'out' || !leaseOf(world[name].lease).current.includes(whose)),
		),

	'the halves that the lease calls current have every acknowledged write': world =>
		owners(world).every(name => NAMES.every(whose => hasAll(world, whose) || !leaseOf(world[name].lease).current.includes(whose))),

	'the lease is of the node that has the pool': world => owners(world).every(name => leaseOf(world[name].lease).holder === name),
};
