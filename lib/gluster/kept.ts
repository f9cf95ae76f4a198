import type {Cib} from '../cluster/cib.ts';
import type {Lease} from '../cluster/lease.ts';
import type {Address} from '../knock.ts';
import type {Outcome} from '../lifecycle.ts';
import type {Prompt} from './cli.ts';
import type {Note} from './note.ts';
import type {GlusterParams} from './params.ts';
import type {Quorum, Role} from './states.ts';
import {type Brick, isHere, names, ownUuid, type Volume} from './store.ts';

/** A verb that goes on beside the looks; its outcome when it is over. */
export interface Under {
	verb: string;
	abort: AbortController;
	over: Promise<void>;
	outcome: Outcome | undefined;
}

/** The lease as a CIB had it, and that CIB. */
export interface Look {
	cib: Cib;
	lease: Lease | undefined;
}

/** What the one who keeps a volume remembers between two looks. Times in milliseconds of this process. */
export interface Memory {
	lease: {at: number; is: Lease | undefined} | undefined;
	/** One that was begun before it was known to be needed, and when. */
	ahead?: {at: number; looking: Promise<Look>} | undefined;
	/** Where the other host's bricks listen, as this host's self-heal daemon found them. */
	there: Address[];
	/** So many looks in a row at least one of them did not answer. */
	misses: number;
	/** Whether the other side's glusterd answered when its brick was missed; nothing while that one is there. */
	answers?: boolean | undefined;
	/** Since when all of them answer; nothing while they do not. */
	up: number | undefined;
	/** Since when the other copy is out of reach and nobody was told. */
	parted: number | undefined;
	/** The lease that every other node is known to have, as text. */
	told: string | undefined;
	/** As it was at the last look. */
	quorum: Quorum | undefined;
	/** When writes were last made to need both copies. */
	raised: number;
	/** When gluster was last told to look for what is to be healed. */
	crawled: number;
	/** What was begun and waits for glusterd. */
	under: Under | undefined;
	/** Since when the self-heal daemon has gone. */
	healerless: number | undefined;
	/** Started as soon as the other copy is out of reach, for when the quorum may be lowered. */
	prompt: Prompt | undefined;
}

export interface Kept {
	volume: string;
	note: Note;
	heal: GlusterParams['heal'];
	memory: Memory;
	log(sentence: string): void;
}

/** How long the other side's bricks must have answered before clients count on them: they look for them every 3 s. Milliseconds. */
const SETTLED = 8000;

/** Whether clients have found the other side's bricks. */
export const settled = ({up}: Memory): boolean => up !== undefined && performance.now() - up >= SETTLED;

export const keptOf = ({volname, heal}: GlusterParams, note: Note, log: Kept['log']): Kept => ({
	volume: volname,
	note,
	heal,
	memory: {
		lease: undefined,
		there: [],
		misses: 0,
		up: undefined,
		parted: undefined,
		told: undefined,
		quorum: undefined,
		raised: 0,
		crawled: Number.NEGATIVE_INFINITY,
		under: undefined,
		healerless: undefined,
		prompt: undefined,
	},
	log,
});

/** Two copies and no third vote: what this is all for. */
export const guarded = ({replica, arbiters, bricks}: Volume): boolean => replica === 2 && arbiters === 0 && bricks.length >= 2;

export function sides({bricks}: Volume): {here: Brick[]; there: Brick[]} {
	const me = {uuid: ownUuid(), names: names()};
	return {here: bricks.filter(brick => isHere(brick, me)), there: bricks.filter(brick => !isHere(brick, me))};
}

export const TYPE = 'cluster.quorum-type';
export const BARRIER = 'features.barrier';
export const COUNT = 'cluster.quorum-count';

export function quorumOf({options, replica}: Volume): Quorum {
	if (options.get(TYPE) !== 'fixed') {
		return 'other';
	}
	return ({[`${replica}`]: 'both', 1: 'one'} as const)[options.get(COUNT) ?? ''] ?? 'other';
}

export function roleOf(lease: Lease | undefined, me: string): Role {
	if (!lease?.current.includes(me)) {
		return lease && me in lease.behind ? 'behind' : 'none';
	}
	return lease.current.length > 1 ? 'both' : 'ahead';
}

/** Of two nodes with the same right, the one who sees to what both could do. */
export const leads = (lease: Lease | undefined, me: string): boolean => (lease?.holder ?? [...(lease?.current ?? [])].sort()[0]) === me;
