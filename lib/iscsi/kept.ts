import type {Lease} from '../cluster/lease.ts';
import type {PoolStatus} from '../vdev/status.ts';
import type {Note} from './note.ts';
import type {Where} from './session.ts';
import type {Timers} from './timers.ts';

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
}

export interface Kept {
	pool: string;
	where: Where;
	timers: Timers;
	memory: Memory;
	log(sentence: string): void;
}

/** Does the lease say that this leg has everything? */
export const isCurrent = ({memory: {lease, note}}: Kept): boolean => note.guid !== '' && (lease?.current.includes(note.guid) ?? false);
