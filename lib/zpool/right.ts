import {type Cib, nodeNamed} from '../cluster/cib.ts';
import {leaseIn} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {BUSY, claim as claimDevice, lookAt} from '../vdev/device.ts';
import {grantOf} from '../vdev/leased.ts';
import type {Found} from './find.ts';
import {claim, thisHost} from './owner.ts';
import type {Log, ZpoolParams} from './params.ts';

const refuse = (reason: string): never => {
	throw new OcfError(OCF.ERR_GENERIC, reason);
};

/**
 * May the pool be imported here, and does it take force?
 * @throws {OcfError} who had it, what to do, and why that is not settled
 */
export async function force(
	params: ZpoolParams,
	{newest, missing}: Found,
	cib: () => Promise<Cib>,
	deadline: Deadline,
	log: Log,
): Promise<boolean> {
	const {pool, importforce} = params;
	const here = thisHost();
	if (here.id === 0) {
		log('this host has no host id: ZFS cannot tell it from another one; run zgenhostid on every node');
	}
	if (importforce === 'true') {
		return true;
	}
	const says = claim(newest, here);
	if ('free' in says) {
		return false;
	}
	if ('ours' in says && (importforce === 'auto' || !says.force)) {
		return says.force;
	}
	if ('ours' in says || importforce === 'false') {
		return refuse(`${pool} was not exported by ${newest.hostname} and importforce is false: export it there, or set importforce to auto`);
	}
	if (says.twin) {
		log(`${says.owner} and this host have the same host id ${says.hostid.toString(16)}: run zgenhostid -f on one of them`);
	}
	const looks = await Promise.all(missing.map(async ({path}) => claimDevice(await lookAt(path, deadline), deadline)));
	const claimed = looks.find(({why}) => why === BUSY);
	if (claimed) {
		return refuse(`${pool} is not forced: its disk ${claimed.path} ${BUSY}; release it first`);
	}
	return settled(params, says.owner, cib, deadline, log);
}

/** Force against another host takes proof that it does not write: fenced or down, or back and without the pool. */
async function settled(
	{pool, instance}: ZpoolParams,
	owner: string,
	cib: () => Promise<Cib>,
	deadline: Deadline,
	log: Log,
): Promise<boolean> {
	if (await leaseEnded(pool, owner, cib)) {
		log(`${pool} is taken from ${owner}, which was down when its lease was taken`);
		return true;
	}
	const {knownDown} = await import('../cluster/history.ts');
	const {down, why} = await knownDown(owner, deadline, cib);
	if (down) {
		log(`${pool} is taken from ${owner}: ${why}`);
		return true;
	}
	const {releasedBy} = await import('./elsewhere.ts');
	if (await releasedBy(owner, instance, cib)) {
		log(`${pool} is taken from ${owner}, which is back in the cluster without it`);
		return true;
	}
	return refuse(`${pool} was last used by ${owner}, which is not known to be down: export it there or fence it; ${why}`);
}

/** It was proved when the lease was taken from that node. It may be back by now: for as long as this one has the lease it imports nothing. */
async function leaseEnded(pool: string, owner: string, cib: () => Promise<Cib>): Promise<boolean> {
	const grant = grantOf(pool);
	if (grant?.from === undefined) {
		return false;
	}
	const now = await cib().catch(() => undefined);
	return now !== undefined && nodeNamed(now, owner)?.name === grant.from && leaseIn(now, pool)?.holder === grant.me;
}
