// What a replicated volume has of its own in the cluster manager's moves.
import {arrives, mayOrder, order} from '../lease.ts';
import type {Kind, Move, Name} from '../pair.ts';
import {after, type Node, type World} from './world.ts';

/** What is left of a node whose power is off: its copy, glusterd's configuration, and its copy of the CIB. */
export const dead: Partial<Node> = {
	power: 'off',
	brick: false,
	daemon: false,
	client: 0,
	mine: false,
	theirs: false,
	note: false,
	keeper: '',
	told: '',
	action: '',
	leaving: false,
	pacemaker: false,
	quorum: false,
	sees: 'unknown',
	booted: true,
};

const adopts: Kind<World>['adopts'] = (_world, _name, lease) => ({lease});

export const kind: Kind<World> = {
	after,
	dead,
	forgets: {},
	cib: ({lease}) => lease,
	told: lease => lease,
	adopts,
	arrives: arrives({adopts}),
	uses: ({note}) => note,
};

/** A clone: each node has its own, and nobody waits for the other one. */
export function* orders(world: World, name: Name): Iterable<Move<World>> {
	const {leaving, note, brick} = world[name];
	if (!mayOrder(world, name)) {
		return;
	}
	const begins = (what: 'start' | 'stop'): Move<World> =>
		after(world, `${name}: ${what} begins`, next => {
			next[name].action = what === 'start' ? 'asks' : 'unmounts';
			order(next, name);
		});
	if (!(note || leaving)) {
		yield begins('start');
	}
	if ((note || brick) && leaving) {
		yield begins('stop');
	}
}
