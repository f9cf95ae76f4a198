import {leaseText} from '../../../lib/cluster/lease.ts';
import type {SessionWord} from '../../../lib/iscsi/states.ts';
import {type Leased, type LeasedPair, rebase} from '../lease.ts';
import {type After, type Bounds, NAMES, type Name, other, wired} from '../pair.ts';

export const POOL = 'tank';

/** A half in the eyes of the ZFS that has the pool: it takes part; is not written to; is to be resilvered, is being, and was. */
export type Standing = 'in' | 'out' | 'waits' | 'runs' | 'over';

/** An action of the cluster manager, by the step that it does next. */
export type Step = 'asks' | 'logs in' | 'compares' | 'sets' | 'shows' | 'imports' | 'exports' | 'lays down';

export interface Node extends Leased {
	/** The history of what this host's half has by its labels: a letter for an import or a write, by whom. */
	data: string;
	/** Its labels promise more than it has: a resilver did not come to its end. */
	partial: boolean;
	/** The other host may use this half. */
	offered: boolean;

	/** To the other host's half. */
	session: SessionWord;
	/** The leg is started here: its keeper runs. */
	note: boolean;
	pool: boolean;
	mine: Standing;
	leg: Standing;

	/** The keeper lets the leg go: it may; the lease says so. And everybody is known to know. */
	keeper: '' | 'may' | 'told';
	known: boolean;
	action: Step | '';
	/** Somebody wants the pool away from here. */
	leaving: boolean;

	/** The pool is on record as being on the other node. */
	active: boolean;
}

/** `acked`: the history as of the newest acknowledged write, from where the halves differ. */
export type World = LeasedPair<Node>;

/** Both halves are in step, the pool is on alpha. */
export function healthy({writes, faults}: Bounds): World {
	const lease = leaseText({epoch: 1, holder: 'alpha', pool: '1', current: NAMES, behind: {}});
	const node = (here: boolean): Node => ({
		power: 'on',
		data: '',
		partial: false,
		offered: !here,
		session: here ? 'LOGGED_IN' : 'none',
		note: here,
		pool: here,
		mine: here ? 'in' : 'out',
		leg: here ? 'in' : 'out',
		keeper: '',
		known: false,
		action: '',
		asked: 'unknown',
		read: '',
		next: '',
		leaving: false,
		pacemaker: true,
		quorum: true,
		sees: 'member',
		active: !here,
		lease,
		edits: 0,
		booted: false,
	});
	return {storage: true, link: true, dc: '', acked: '', writes, faults, alpha: node(true), bravo: node(false)};
}

/** The world after a change. */
export const after: After<World> = (world, sentence, change) => {
	const next = {...world, alpha: {...world.alpha}, bravo: {...world.bravo}};
	change(next);
	forget(next);
	return [sentence, next];
};

/** What both halves have is history: a world is the same without it. */
function forget(world: World): void {
	const {alpha, bravo} = world;
	let shared = 0;
	while (shared < alpha.data.length && alpha.data[shared] === bravo.data[shared]) {
		shared += 1;
	}
	world.acked = world.acked.slice(shared);
	for (const node of [alpha, bravo]) {
		node.data = node.data.slice(shared);
		if (!(node.action || node.keeper)) {
			Object.assign(node, {asked: 'unknown', read: '', next: ''});
		}
	}
	rebase(world);
}

/** Whether a session of this node to the other host's half can carry anything. */
export const carries = (world: World, name: Name): boolean => wired(world) && world[other(name)].offered;
export const loggedIn = (world: World, name: Name): boolean => world[name].session === 'LOGGED_IN' && carries(world, name);
