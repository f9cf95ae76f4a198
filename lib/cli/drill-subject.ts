import {setTimeout as sleep} from 'node:timers/promises';
import {type Cib, readCib} from '../cluster/cib.ts';
import {type Moved, movedWith, obstacles, servedWith} from '../cluster/preflight.ts';
import {type Deadline, deadlineOf} from '../deadline.ts';
import {unreplicated} from '../fence/replicated.ts';
import {leasedAs} from '../gluster/params.ts';

/** How long one look may take, in milliseconds. */
export const LOOK = 30_000;
/** How long something may be in the way afterwards. */
const AFTER = 120_000;
const PAUSE = 1000;

/** What a name stands for in the cluster: a pool that moves, or a volume that both nodes have. */
export const subjectOf = (cib: Cib, name: string, me: string): Moved | undefined => movedWith(cib, name) ?? servedWith(cib, name, me);

/** Why not all of it is on both nodes; nothing when it is. */
export const lacking = (name: string, {shared}: Moved, cib: Cib, deadline: Deadline): Promise<string[]> =>
	unreplicated(shared ? leasedAs(name) : name, cib, deadline);

/** What is in the way of a drill. */
export const hindrances = async (name: string, moved: Moved, cib: Cib, deadline: Deadline): Promise<string[]> => [
	...obstacles(cib, moved),
	...(await lacking(name, moved, cib, deadline)),
];

/** What is in the way now. DRBD's constraint goes a moment after the resync, and a cluster that is busy may leave a question unanswered. */
export async function afterwards(name: string, me: string): Promise<{cib: Cib; after: string[]}> {
	const end = performance.now() + AFTER;
	for (;;) {
		const deadline = deadlineOf(LOOK, performance.now());
		try {
			const cib = await readCib(deadline);
			const now = subjectOf(cib, name, me);
			const after = now ? await hindrances(name, now, cib, deadline) : [`the cluster has no resource with ${name} any more`];
			if (after.length === 0 || performance.now() > end) {
				return {cib, after};
			}
		} catch (error) {
			if (performance.now() > end) {
				throw error;
			}
		}
		await sleep(PAUSE);
	}
}
