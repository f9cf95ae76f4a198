import type {Lease} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import type {PoolStatus} from '../vdev/status.ts';
import {keepRecord} from './initiator.ts';
import type {Note} from './note.ts';
import {chapOf, type LegParams} from './params.ts';
import type {Where} from './session.ts';
import {recordOf, type Timers, timersOf} from './timers.ts';

/** Since when nothing is resilvered, and whether a txg was forced since. */
export interface Quiet {
	at: number;
	synced: boolean;
}

/** How the pool opened the leg again: over which session, when, what zpool said of its last scan just before, and whether a txg was forced since. */
export interface Opened extends Quiet {
	session: string;
	scan: string;
}

/** When the halves were looked at, how often the leg's disk and writes on each half had failed, and since when one seems whole again. */
export interface Watch {
	at: number;
	errors: string;
	writes: Map<string, string>;
	whole: Map<string, Quiet>;
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
	/** What zpool said, and how often the leg's disk had failed just before. */
	status: {at: number; errors: string; seen: PoolStatus} | undefined;
	/** The pool was seen here, its import over. */
	imported?: boolean;
	opened?: Opened | undefined;
	/** The session that this login made, and that was never lost since: what the kernel shows behind it is what the target has. */
	fresh?: string | undefined;
	watch?: Watch;
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
	/** Write what iscsiadm is to know of the leg. */
	record(deadline: Deadline): Promise<void>;
	memory: Memory;
	log(sentence: string): void;
}

/** @throws {OcfError} in `record`: CHAP's files are not as they should be, or iscsiadm keeps no record */
export const keptOf = (params: LegParams, note: Note, log: Kept['log']): Kept => ({
	pool: params.pool,
	where: note.ends.leg,
	timers: timersOf(params.stall),
	wait: params.resilver,
	readLocal: params.read === 'local',
	record: deadline => keepRecord(note.ends.leg, recordOf(timersOf(params.stall)), chapOf(params), deadline),
	memory: {note, lease: undefined, known: false, status: undefined},
	log,
});

/** Does the lease say that this leg has everything? */
export const isCurrent = ({memory: {lease, note}}: Kept): boolean => note.guid !== '' && (lease?.current.includes(note.guid) ?? false);
