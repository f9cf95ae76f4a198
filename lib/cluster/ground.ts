import type {Deadline} from '../deadline.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import type {Env} from '../ocf/params.ts';
import {run} from '../run.ts';
import {type Cib, CibError, readCib} from './cib.ts';
import {knownDown} from './history.ts';
import {type Lease, leaseIn} from './lease.ts';

export const refuse = (why: string): never => {
	throw new OcfError(OCF.ERR_GENERIC, why);
};

/** This node as the cluster calls it. */
export async function whoAmI(env: Env, deadline: Deadline): Promise<string> {
	const given = env['OCF_RESKEY_CRM_meta_on_node'];
	const name = given || (await run(['crm_node', '-n'], {timeout: Math.max(1, Math.min(5000, deadline.left()))})).stdout.trim();
	// An empty holder is nobody.
	return /^[\w.-]+$/u.test(name) ? name : refuse(`the cluster does not say what this node is called ("${name}")`);
}

/** What the cluster says before anything is done. */
export interface Ground {
	cib: Cib;
	lease: Lease | undefined;
	holder: {down: boolean; why: string} | undefined;
	/** Whether another member is there, whose half may come. */
	others: boolean;
}

/** Who has the lease now, and whether that node is gone; before anything is changed here. @throws {OcfError} */
export async function right(pool: string, me: string, deadline: Deadline): Promise<Ground> {
	const cib: Cib = await readCib(deadline).catch((error: unknown) => {
		throw error instanceof CibError ? new OcfError(OCF.ERR_GENERIC, `no lease for ${pool}: ${error.message}`) : error;
	});
	if (!cib.quorum) {
		refuse(`no lease for ${pool}: this partition has no quorum`);
	}
	const lease = leaseIn(cib, pool);
	const holder = lease?.holder === undefined || lease.holder === me ? undefined : await knownDown(lease.holder, deadline);
	if (holder && !holder.down) {
		refuse(`${lease?.holder} holds the lease of ${pool} and is not known to be down: ${holder.why}`);
	}
	return {cib, lease, holder, others: cib.nodes.some(({name, membership}) => name !== me && membership === 'member')};
}
