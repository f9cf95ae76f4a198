import type {Cib} from '../cluster/cib.ts';
import {leaseIn} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import {line} from '../drbd/events2.ts';
import {look} from '../drbd/look.ts';
import type {Facts} from '../drbd/states.ts';
import {run} from '../run.ts';
import {onTop} from './ontop.ts';

/** Why not all of the pool's data is on both nodes; nothing when it is. */
export async function unreplicated(pool: string, cib: Cib, deadline: Deadline): Promise<string[]> {
	const lease = leaseIn(cib, pool);
	if (lease) {
		const behind = Object.keys(lease.behind);
		return behind.length > 0 ? [`vdev ${behind.join(', ')} of the mirror is behind: wait for its resilver`] : [];
	}
	const {stdout} = await run(['drbdsetup', 'events2', '--now'], {timeout: Math.max(1, deadline.left())});
	const lines = stdout.split('\n').map(line);
	const names = lines.flatMap(one => (typeof one === 'object' && one.object === 'resource' ? [one.fields['name'] ?? ''] : []));
	const below: Facts[] = [];
	for (const name of names) {
		const facts = await look(name, deadline);
		const {named} = await onTop(name, facts?.volumes.map(({minor}) => minor) ?? [], deadline);
		if (facts && named.pools?.includes(pool)) {
			below.push(facts);
		}
	}
	const poor = below.filter(({connection, disk, peerDisk}) => connection !== 'Connected' || disk !== 'UpToDate' || peerDisk !== 'UpToDate');
	return below.length === 0
		? [`nobody knows on what ${pool} is replicated: it lies on no DRBD resource of this host, and the cluster has no lease of it`]
		: poor.map(({name, connection, disk, peerDisk}) => `DRBD resource ${name} is ${connection}, ${disk}/${peerDisk}: not whole`);
}
