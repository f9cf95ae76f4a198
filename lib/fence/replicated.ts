import type {Cib} from '../cluster/cib.ts';
import {leaseIn} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import {line, resources} from '../drbd/events2.ts';
import {run} from '../run.ts';
import {lookAt} from '../vdev/device.ts';
import {onTop} from './ontop.ts';
import {dumped} from './volumes.ts';

/** Why not all of the pool's data, or of a volume that is leased under this name, is on both nodes; nothing when it is. */
export async function unreplicated(pool: string, cib: Cib, deadline: Deadline): Promise<string[]> {
	const lease = leaseIn(cib, pool);
	if (lease) {
		const behind = Object.keys(lease.behind);
		return behind.length > 0 ? [`${behind.join(', ')} of ${pool} is behind: wait until all of it is there again`] : [];
	}
	const {stdout} = await run(['drbdsetup', 'events2', '--now', '--statistics'], {timeout: Math.max(1, deadline.left())});
	const all = resources(
		stdout
			.split('\n')
			.map(line)
			.filter(one => typeof one === 'object'),
	);
	const noted = await those(all, async ({name, volumes}) => {
		const {named} = await onTop(
			name,
			volumes.map(({minor}) => minor),
			deadline,
		);
		return named.pools?.includes(pool) ?? false;
	});
	// A host that has never had the pool imported has no note of it, and may not open DRBD's device: below it the label is the same.
	const below = noted.length > 0 ? noted : await those(all, ({name}) => carries(name, pool, deadline));
	const poor = below.filter(({connection, disk, peerDisk}) => connection !== 'Connected' || disk !== 'UpToDate' || peerDisk !== 'UpToDate');
	return below.length === 0
		? [`nobody knows on what ${pool} is replicated: it lies on no DRBD resource of this host, and the cluster has no lease of it`]
		: poor.map(({name, connection, disk, peerDisk}) => `DRBD resource ${name} is ${connection}, ${disk}/${peerDisk}: not whole`);
}

async function those<T>(all: readonly T[], is: (one: T) => Promise<boolean>): Promise<T[]> {
	const held = await Promise.all(all.map(is));
	return all.filter((_, index) => held[index]);
}

/** Whether a disk below this resource has the label of the pool. */
async function carries(resource: string, pool: string, deadline: Deadline): Promise<boolean> {
	const {stdout} = await run(['drbdadm', 'dump', resource], {timeout: Math.max(1, deadline.left())});
	const looks = await Promise.all(dumped(stdout).map(({disk}) => lookAt(disk, deadline)));
	return looks.some(({label}) => label?.pool === pool);
}
