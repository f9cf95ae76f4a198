import {setTimeout as sleep} from 'node:timers/promises';
import {look} from './look.ts';
import type {DrbdCall} from './publish.ts';
import type {Facts} from './states.ts';

/** How long a monitor waits for a state that is on its way, in milliseconds and as a share of its time. */
const SETTLING = {most: 10_000, share: 1 / 3, pause: 500};

/**
 * Two sides that are just finding each other are somewhere else a moment later, and the score that follows is what a failover
 * within the next interval would go by: look until they are there.
 */
export async function settled({params, deadline}: DrbdCall, first: Facts | undefined): Promise<Facts | undefined> {
	const patience = deadline.within(Math.min(SETTLING.most, deadline.left() * SETTLING.share));
	let facts = first;
	while (facts && passing(facts) && patience.left() > SETTLING.pause) {
		await sleep(SETTLING.pause);
		facts = await look(params.drbd_resource, deadline);
	}
	return facts;
}

/** Not Primary, and on the way: attached and not yet agreed with the peer on whose data is the newer. */
export const passing = ({role, disk, volumes}: Facts): boolean =>
	role === 'Secondary' &&
	(['Attaching', 'Negotiating', 'Consistent'].includes(disk) || volumes.some(({replication}) => /^WF/u.test(replication)));
