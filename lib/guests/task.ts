import type {Process} from './process.ts';
import type {Guest} from './states.ts';
import type {Storage} from './storage.ts';

/** A guest as the storage defines it. */
export interface Definition {
	uuid: string;
	name: string;
	/** Lower ones are started first; those without a number last. */
	order: number;
	/** Its owner wants it started with the others. */
	start: boolean;
	/** The file to define it from. */
	file: string;
}

/** What this very action has done and seen: nothing of it outlives the process. */
export interface Memory {
	/** Asked to shut down. */
	asked: Set<string>;
	defined: Set<string>;
	tries: Map<string, number>;
	/** What could not be defined or started, with the reason. */
	failed: Map<string, string>;
	/** What was found active and is to go: as it was first seen, and what of it lies on the storage. */
	victims: Map<string, {guest: Guest; uses: readonly string[]; since: number; done?: number; gone?: number | undefined; why?: string}>;
	/** Every process that was ever seen of a guest: one that ends in the kernel is not found by name any more. */
	processes: Map<string, Process[]>;
	/** libvirt did not answer: it is asked again, and not waited for as long. */
	silent: boolean;
}

export const memory = (): Memory => ({
	asked: new Set(),
	defined: new Set(),
	tries: new Map(),
	failed: new Map(),
	victims: new Map(),
	processes: new Map(),
	silent: false,
});

/** What an action is about. */
export interface Task {
	way: 'up' | 'down';
	uri: string;
	/** How many at a time. */
	parallel: number;
	/** The time of asking is over. */
	now(): boolean;
	/** Milliseconds that libvirt's own destroy may take before the process is killed by us. */
	grace: number;
	/** Up: what is to run. */
	members: readonly Definition[];
	/** Up: whose definition here is not the storage's. */
	stale: ReadonlySet<string>;
	/** Down: every guest, or those that use this storage and those named. */
	concern: 'all' | {storage: Storage; also: readonly {uuid: string; name: string}[]};
	memory: Memory;
	log(sentence: string): void;
}

/** Some at a time, each to its end. */
export async function some<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
	const waiting = [...items];
	const worker = async (): Promise<void> => {
		for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
			await work(item);
		}
	};
	await Promise.all(Array.from({length: Math.max(1, Math.min(limit, items.length))}, worker));
}
