import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import {list, read} from '../host.ts';
import {type Facts, TRANSIENT, wordOf} from './states.ts';

const KSTAT = '/proc/spl/kstat/zfs';
/** A transient word lasts for some milliseconds (ClusterLabs/resource-agents#2206, #2213): so many looks, so far apart. */
const LOOKS = 3;
const APART = 250;

/** One look at the kernel: no process, no lock, nothing that can hang. */
export function look(pool: string): Facts {
	const said = read(`${KSTAT}/${pool}/state`)?.trim();
	// ZFS has files of its own beside the pools' folders (zil, fm, arcstats): a pool may have such a name, too.
	if (said === undefined && list(`${KSTAT}/${pool}`).length === 0) {
		return {state: 'absent', said: 'absent'};
	}
	return {state: wordOf(said ?? ''), said: said ?? ''};
}

/** The first word that is not a passing one, or the passing one that stayed. */
export async function settled(pool: string, deadline: Deadline): Promise<Facts> {
	let facts = look(pool);
	for (let looks = 0; TRANSIENT.includes(facts.state) && looks < LOOKS && deadline.left() > APART; looks += 1) {
		await sleep(APART);
		facts = look(pool);
	}
	return facts;
}

/** Datasets of the pool that are in use by the kernel: mounted file systems and zvols with a device. */
export const datasets = (pool: string): string[] =>
	list(`${KSTAT}/${pool}`)
		.filter(name => name.startsWith('objset-'))
		.flatMap(name => /^dataset_name\s+\d+\s+(.*\S)/mu.exec(read(`${KSTAT}/${pool}/${name}`) ?? '')?.[1] ?? []);
