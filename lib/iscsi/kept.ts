import type {Lease} from '../cluster/lease.ts';
import type {PoolStatus} from '../vdev/status.ts';
import type {Note} from './note.ts';
import type {LegParams} from './params.ts';
import type {Where} from './session.ts';
import {type Timers, timersOf} from './timers.ts';

/** How the pool opened the leg again: over which session, when, what zpool said of its last scan just before, and whether a txg was forced since. */
export interface Opened {
	session: string;
	at: number;
	scan: string;
	synced: boolean;
}

/** What the one who keeps a leg remembers between two looks. */
export interface Memory {
	note: Note;
	/** As this node last wrote or read it. */
	lease: Lease | undefined;
	/** Every other member showed that it has this lease. */
	known: boolean;
	/** What the pool had reached when a leg that was behind already was lost again: not yet in the lease. */
	lost?: number | undefined;
	status: {at: number; seen: PoolStatus} | undefined;
	/** The pool was seen here, its import over. */
	imported?: boolean;
	opened?: Opened | undefined;
	/** How often in a row the leg was lost soon after a login, when that was, and when it was lost. */
	flaps?: {times: number; login: number; lost: number};
}

export interface Kept {
	pool: string;
	where: Where;
	timers: Timers;
	/** Whether nodes whose half is behind are marked, for placement. */
	wait: boolean;
	/** Whether reads are to go to the halves on this host. */
	readLocal: boolean;
	memory: Memory;
	log(sentence: string): void;
}

export const keptOf = (
	{pool, stall, resilver, read}: Pick<LegParams, 'pool' | 'stall' | 'resilver' | 'read'>,
	note: Note,
	log: Kept['log'],
): Kept => ({
	pool,
	where: note.ends.leg,
	timers: timersOf(stall),
	wait: resilver,
	readLocal: read === 'local',
	memory: {note, lease: undefined, known: false, status: undefined},
	log,
});

/** Does the lease say that this leg has everything? */
export const isCurrent = ({memory: {lease, note}}: Kept): boolean => note.guid !== '' && (lease?.current.includes(note.guid) ?? false);
