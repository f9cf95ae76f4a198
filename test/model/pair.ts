// Two nodes under one cluster manager: what the world of every model has, whatever it replicates.
import type {Membership} from '../../lib/cluster/cib.ts';

export const NAMES = ['alpha', 'bravo'] as const;
export type Name = (typeof NAMES)[number];
export const other = (name: Name): Name => (name === 'alpha' ? 'bravo' : 'alpha');

export interface Member {
	power: 'on' | 'off' | 'hung';
	/** Of the cluster manager, under way. */
	action: string;
	pacemaker: boolean;
	quorum: boolean;
	/** What this node's cluster knows of the other one. */
	sees: Membership;
	/** Of this copy of the CIB: how often it was changed while the two were apart (its epoch), up to a bound. */
	edits: number;
	/** Its num_updates began anew: the status is not kept over a boot. */
	booted: boolean;
}

export interface Pair<Node extends Member> extends Record<Name, Node> {
	/** The links of the storage and of the cluster. */
	storage: boolean;
	link: boolean;
	/** What was acknowledged last, from where the two differ. */
	acked: string;
	/** How many more writes, and how many more faults there may be. */
	writes: number;
	faults: number;
}
export type Bounds = Pick<Pair<Member>, 'writes' | 'faults'>;
export type NodeOf<World extends Pair<Member>> = World['alpha'];

/** A move: the sentence that the log would have, and the world after it. */
export type Move<World> = readonly [string, World];
/** The world after a change. */
export type After<World> = (world: World, sentence: string, change: (next: World) => void) => Move<World>;

/** What one kind of replication has of its own, in moves that are everybody's. */
export interface Kind<World extends Pair<Member>> {
	after: After<World>;
	/** What is left of a node whose power is off. */
	dead: Partial<NodeOf<World>>;
	/** What a node that is switched on has besides. */
	born?: Partial<NodeOf<World>>;
	/** What is no longer believed of a node that is gone. */
	forgets: Partial<NodeOf<World>>;
	/** What of the CIB counts here, and in words, where the two have different ones. */
	cib(node: NodeOf<World>): string;
	told(cib: string): string;
	/** What a node has from a CIB that both have. */
	adopts(world: World, name: Name, cib: string): Partial<NodeOf<World>>;
	/** This node has noticed that the other one is gone. */
	loses?(world: World, name: Name): void;
	/** In touch again. */
	arrives?(world: World): void;
	/** Does it run what maintenance mode would leave there? */
	uses(node: NodeOf<World>): boolean;
}

/** Two of the same shape are the same when their texts are. */
export const flat = (from: object): string =>
	Object.values(from)
		.map(value => (typeof value === 'object' ? flat(value as object) : `${value}`))
		.join();
export const same = <World extends Pair<Member>>(one: World, two: World): boolean => flat(one) === flat(two);

/** Whether both hosts answer on the storage link. */
export const wired = (world: Pair<Member>): boolean => world.storage && NAMES.every(name => world[name].power === 'on');
/** Whether the two cluster managers reach each other. */
export const inTouch = (world: Pair<Member>): boolean =>
	world.link && NAMES.every(name => world[name].power === 'on' && world[name].pacemaker);
/** Nobody has noticed that the other one is gone, if it is: one of them gives the orders, and knows of all that it gave. */
export const unparted = (world: Pair<Member>): boolean => NAMES.every(name => world[name].sees === 'member');
/** Both are members of one cluster, in truth and in the eyes of both: what is written to the CIB reaches both copies. */
export const united = (world: Pair<Member>): boolean => inTouch(world) && NAMES.every(name => world[name].sees === 'member');
