// What a mirror with an iSCSI leg has of its own in the cluster manager's moves.
import {arrives, mayOrder, order} from '../lease.ts';
import {type Kind, type Move, type Name, other, united} from '../pair.ts';
import {after, type Node, type World} from './world.ts';

/** What is left of a node whose power is off: its disk, and its copy of the CIB. */
const dead: Partial<Node> = {
	power: 'off',
	offered: false,
	session: 'none',
	note: false,
	pool: false,
	mine: 'out',
	leg: 'out',
	keeper: '',
	known: false,
	action: '',
	leaving: false,
	pacemaker: false,
	quorum: false,
	sees: 'unknown',
	active: false,
	booted: true,
};

const adopts: Kind<World>['adopts'] = (world, name, lease) => {
	const peer = world[other(name)];
	return {lease, active: peer.pool || peer.note || peer.action !== ''};
};

export const kind: Kind<World> = {
	after,
	dead,
	born: {offered: true},
	forgets: {active: false},
	cib: ({lease}) => lease,
	told: lease => lease,
	adopts,
	arrives: arrives({adopts}),
	uses: ({pool, note}) => pool || note,
};

/** One action at a time in the whole cluster; what is under way counts as done: the worst is assumed. */
export function* orders(world: World, name: Name): Iterable<Move<World>> {
	const {sees, leaving, active, pool, note} = world[name];
	const busy = sees === 'member' && world[other(name)].sees === 'member' && world[other(name)].action !== '';
	if (busy || !mayOrder(world, name)) {
		return;
	}
	const away = leaving || (sees === 'member' && active);
	if (!(pool || note || away)) {
		yield after(world, `${name}: start begins`, next => {
			next[name].action = 'asks';
			order(next, name);
			if (united(world)) {
				next[other(name)].active = true;
			}
		});
	}
	if ((pool || note) && away) {
		yield after(world, `${name}: stop begins`, next => {
			next[name].action = 'exports';
			order(next, name);
		});
	}
}
