import {type Ground, ground, refuse} from '../cluster/ground.ts';
import {knownDown} from '../cluster/history.ts';
import type {Deadline} from '../deadline.ts';

export interface Right extends Ground {
	holder: {down: boolean; why: string} | undefined;
	/** Whether another member is there, whose half may come. */
	others: boolean;
}

/** Who has the lease now, and whether that node is gone; before anything is changed here. @throws {OcfError} */
export async function right(pool: string, me: string, deadline: Deadline): Promise<Right> {
	const {cib, lease} = await ground(pool, deadline);
	const holder =
		lease?.holder === undefined || lease.holder === me ? undefined : await knownDown(lease.holder, deadline, () => Promise.resolve(cib));
	if (holder && !holder.down) {
		refuse(`${lease?.holder} holds the lease of ${pool} and is not known to be down: ${holder.why}`);
	}
	return {cib, lease, holder, others: cib.nodes.some(({name, membership}) => name !== me && membership === 'member')};
}
