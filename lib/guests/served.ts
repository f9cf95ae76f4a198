import {setTimeout as sleep} from 'node:timers/promises';
import type {Call} from '../ocf/agent.ts';
import type {GuestsParams} from './params.ts';
import {Unserved} from './store.ts';

/** A client that died says the same for ever. Milliseconds. */
const PATIENCE = 60_000;
const APART = 500;

/**
 * Do what needs the storage, again while a volume is not served yet. Of a fencing that lets its keeper go on with one copy Pacemaker knows
 * first, and starts what is above the volume at once (seen in the lab: a start came a second too early, and the next one minutes later).
 */
export async function onceServed<T>(work: () => Promise<T>, {deadline, log}: Pick<Call<GuestsParams>, 'deadline' | 'log'>): Promise<T> {
	const end = deadline.within(Math.min(PATIENCE, deadline.left() / 2));
	for (let tries = 0; ; tries += 1) {
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof Unserved) || end.left() < APART) {
				throw error;
			}
			if (tries === 0) {
				log(`waiting for the storage: ${error.message}`);
			}
			await sleep(APART);
		}
	}
}
