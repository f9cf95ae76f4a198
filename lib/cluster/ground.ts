import type {Deadline} from '../deadline.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import type {Env} from '../ocf/params.ts';
import {run} from '../run.ts';
import {type Cib, CibError, readCib} from './cib.ts';
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
}

/** The lease as this partition has it. @throws {OcfError} the cluster cannot be asked, or this partition has no quorum */
export async function ground(name: string, deadline: Deadline): Promise<Ground> {
	const cib: Cib = await readCib(deadline).catch((error: unknown) => {
		throw error instanceof CibError ? new OcfError(OCF.ERR_GENERIC, `no lease for ${name}: ${error.message}`) : error;
	});
	return cib.quorum ? {cib, lease: leaseIn(cib, name)} : refuse(`no lease for ${name}: this partition has no quorum`);
}
