import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import {reach} from '../reach.ts';
import {guests} from './index.ts';
import {isLocal} from './process.ts';
import {named, type Word} from './states.ts';
import type {Storage} from './storage.ts';
import {memory, type Task} from './task.ts';

/** Measured: libvirtd has 20 workers unless told otherwise, and 30 idle guests go in the time of two; more at a time gain nothing. */
export const AT_ONCE = 30;
/**
 * Milliseconds until the process is killed by us. libvirt waits ten seconds for one that does not react, and a worker of its
 * own for each: a fence is a power cut, and nobody who waits for it is helped by a guest that writes its last.
 */
export const GRACE = 500;
/** A guest that was about to start when the last one went shows by then. */
const SETTLE = 100;

export interface DestroyOptions {
	uri: string;
	/** The guests that use this storage; not given: every guest. */
	storage?: Storage | undefined;
	parallel?: number;
	grace?: number;
	deadline: Deadline;
	log?(sentence: string): void;
}

/** What became of one guest. */
export interface Fate {
	uuid: string;
	name: string;
	/** Its state when it was first seen. */
	was: Word;
	/** What of it lies on the storage. */
	uses: readonly string[];
	gone: boolean;
	/** Milliseconds from the first look at it. */
	ms: number;
	why?: string;
}

export interface Report {
	/** Every guest that had to go is proved gone. */
	ok: boolean;
	why: string;
	/** By what it was proved: of another host the state is all that can be seen. */
	proof: 'state and process' | 'state';
	guests: Fate[];
	ms: number;
}

/**
 * Destroy the guests that use a storage, whatever state they are in, all at once, and look again until none is active.
 * Never throws for what a host may answer: the report tells.
 */
export async function destroyGuests(options: DestroyOptions): Promise<Report> {
	const {uri, storage, parallel = AT_ONCE, grace = GRACE, deadline, log = () => undefined} = options;
	const begun = performance.now();
	const task: Task = {
		way: 'down',
		uri,
		parallel,
		grace,
		now: () => true,
		members: [],
		stale: new Set(),
		concern: storage ? {storage, also: []} : 'all',
		memory: memory(),
		log,
	};
	let [ok, why] = [true, ''];
	try {
		await reach(guests, 'fence', task, deadline, log);
		await sleep(SETTLE);
		await reach(guests, 'fence', task, deadline, log);
	} catch (error) {
		[ok, why] = [false, error instanceof Error ? error.message : String(error)];
	}
	const fates = fatesOf(task);
	const there = fates.filter(({gone}) => !gone);
	return {
		ok: ok && there.length === 0,
		why: why || (there.length > 0 ? `still there: ${named(there)}` : sentence(fates.length)),
		proof: isLocal(uri) ? 'state and process' : 'state',
		guests: fates,
		ms: Math.round(performance.now() - begun),
	};
}

const sentence = (count: number): string =>
	count === 0 ? 'no guest was active' : `${count} ${count === 1 ? 'guest is' : 'guests are'} gone`;

const fatesOf = ({memory: {victims}}: Task): Fate[] =>
	[...victims.values()].map(({guest: {uuid, name, word}, uses, since, gone, done, why}) => ({
		uuid,
		name,
		was: word,
		uses,
		gone: gone !== undefined,
		ms: Math.round((gone === undefined ? performance.now() : (done ?? gone)) - since),
		...(gone === undefined && why !== undefined ? {why} : {}),
	}));
