import {leaseText} from '../../../lib/cluster/lease.ts';
import {type Leased, type LeasedPair, rebase} from '../lease.ts';
import {type After, type Bounds, NAMES, type Name, other, wired} from '../pair.ts';

/** An action of the cluster manager, by the step that it does next. */
export type Step =
	| 'asks'
	| 'serves'
	| 'comes back'
	| 'waits'
	| 'mounts'
	| 'unmounts'
	| 'hands over'
	| 'lets one be enough'
	| 'needs both'
	| 'ends';

export interface Node extends Leased {
	/** The writes that this host's copy has, a digit each; and whether it blames the other copy, as Gluster's changelog says it. */
	data: string;
	blames: boolean;
	brick: boolean;
	/** How many copies a write needs, as this host's glusterd has it; how often that was set without the other one. */
	daemon: boolean;
	count: 1 | 2;
	version: number;

	/** This host's client: how many copies it needs (0: it is not mounted), and which bricks it counts on. */
	client: 0 | 1 | 2;
	mine: boolean;
	theirs: boolean;

	/** The volume is started here: its keeper runs. */
	note: boolean;
	/** What the keeper is at: it may write the lease; has written it, and asks; lowers the quorum; drops connections; has seen that all is healed. */
	keeper: '' | 'may' | 'asks' | 'lowers' | 'drops' | 'healed';
	/** The lease that every other node is known to have. */
	told: string;
	action: Step | '';
	/** Somebody wants the volume away from here. */
	leaving: boolean;
}

/** `acked`: the writes that were acknowledged and are not on both copies. */
export interface World extends LeasedPair<Node> {
	/** The two glusterds have one configuration. */
	met: boolean;
}

/** Both copies have everything, and both hosts have the volume mounted. */
export function healthy({writes, faults}: Bounds): World {
	const lease = leaseText({epoch: 1, holder: undefined, pool: '1', current: NAMES, behind: {}});
	const node: Node = {
		power: 'on',
		data: '',
		blames: false,
		brick: true,
		daemon: true,
		count: 2,
		version: 0,
		client: 2,
		mine: true,
		theirs: true,
		note: true,
		keeper: '',
		told: '',
		action: '',
		asked: 'unknown',
		read: '',
		next: '',
		leaving: false,
		pacemaker: true,
		quorum: true,
		sees: 'member',
		lease,
		edits: 0,
		booted: false,
	};
	return {storage: true, link: true, dc: '', met: true, acked: '', writes, faults, alpha: {...node}, bravo: {...node}};
}

/** The world after a change. */
export const after: After<World> = (world, sentence, change) => {
	const next = {...world, alpha: {...world.alpha}, bravo: {...world.bravo}};
	change(next);
	forget(next);
	return [sentence, next];
};

/** What both copies have is history: a world is the same without it. */
function forget(world: World): void {
	const {alpha, bravo} = world;
	const shared = [...alpha.data].filter(one => bravo.data.includes(one));
	const fresh = (writes: string): string => [...writes].filter(one => !shared.includes(one)).join('');
	world.acked = fresh(world.acked);
	const versions = Math.min(alpha.version, bravo.version);
	for (const node of [alpha, bravo]) {
		node.data = fresh(node.data);
		node.version -= versions;
		if (!(node.action || node.keeper)) {
			Object.assign(node, {asked: 'unknown', read: '', next: ''});
		}
	}
	// What was known of another lease is nothing.
	const informed = [alpha, bravo].filter(({told, lease}) => told === lease);
	rebase(world);
	for (const node of [alpha, bravo]) {
		node.told = informed.includes(node) ? node.lease : '';
	}
}

/** Whether the two glusterds can talk. */
export const inTalk = (world: World): boolean => wired(world) && NAMES.every(name => world[name].daemon);
/** Whether the other host's brick answers. */
export const answers = (world: World, name: Name): boolean => wired(world) && world[other(name)].brick;
