import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import type {Outcome} from '../lifecycle.ts';
import {run} from '../run.ts';
import {makeAlias} from '../vdev/alias.ts';
import {poolState} from '../vdev/pool.ts';
import {type PoolStatus, poolStatus} from '../vdev/status.ts';
import {declareCurrent, leaseNow, letGo, newestHere} from './behind.ts';
import {wroteAlone} from './grant.ts';
import {halfOf, legHalf} from './halves.ts';
import {type Leg, session} from './index.ts';
import {isCurrent, type Kept} from './kept.ts';
import type {Session} from './session.ts';
import {type VdevWord, vdevWord} from './states.ts';
import {setTimers} from './timing.ts';

/** How old `zpool status` may be while something is under way, in milliseconds. */
const FRESH = 1000;
/** How long the kernel may take to show the unit's disk after a login. */
const SHOW = 5000;
const LOOK = 100;

/** The leg of a pool that is here: what its lifecycle asks, and what the cluster has to know before and after. */
export const keeping = (kept: Kept): Leg => ({
	pool: kept.pool,
	where: kept.where,
	vdev: (here, deadline) => vdevOf(kept, here, deadline),
	release: deadline => letGo(kept, deadline),
	arrived: (here, deadline) => arrived(kept, here, deadline),
	online: (here, deadline) => online(kept, here, deadline),
});

/** No zpool command while the pool is ONLINE and the leg complete, nor while the leg cannot serve anyway, nor on a suspended pool. */
async function vdevOf(kept: Kept, here: Session | undefined, deadline: Deadline): Promise<VdevWord> {
	const state = poolState(kept.pool);
	if (state === undefined) {
		return 'absent';
	}
	if (state === 'ONLINE' && isCurrent(kept)) {
		return 'ONLINE';
	}
	if (here?.state !== 'LOGGED_IN' || state === 'SUSPENDED') {
		return 'UNAVAIL';
	}
	const status = await statusOf(kept, deadline);
	return vdevWord(status.vdevs.get(kept.memory.note.guid)?.state ?? (state === 'ONLINE' ? 'ONLINE' : 'UNAVAIL'));
}

export async function statusOf({pool, memory}: Kept, deadline: Deadline): Promise<PoolStatus> {
	if (!memory.status || performance.now() - memory.status.at > FRESH) {
		const {stdout} = await run(['zpool', 'status', '-gp', pool], {timeout: Math.max(1, Math.min(5000, deadline.left()))});
		memory.status = {at: performance.now(), seen: poolStatus(stdout)};
	}
	return memory.status.seen;
}

/** Its limits; which vdev it is is asked before that is used. */
async function arrived(kept: Kept, here: Session, deadline: Deadline): Promise<Outcome> {
	const {where} = kept;
	let now: Session | undefined = here;
	for (const end = performance.now() + Math.min(SHOW, deadline.left()); !now?.disk && performance.now() < end; ) {
		await sleep(LOOK);
		now = session(keeping(kept));
	}
	if (!now?.disk) {
		return {again: `${where.target} is logged in, but unit ${where.lun} of it has no disk here: the target does not offer it to this host`};
	}
	setTimers(now, kept.timers).forEach(kept.log);
	return {done: true};
}

/** Only the right disk, and never one that was written on its own meanwhile. */
async function online(kept: Kept, {disk}: Session, deadline: Deadline): Promise<Outcome> {
	const {pool, memory} = kept;
	const half = disk ? await legHalf(pool, disk, deadline) : {why: `${kept.where.target} has no disk here`};
	if ('why' in half) {
		return {again: half.why};
	}
	const {poolGuid, guid} = half.label;
	if (poolGuid !== memory.note.poolGuid) {
		return {again: `the leg's disk ${half.path} belongs to another pool called ${pool} (guid ${poolGuid})`};
	}
	const best = await newestHere(kept, deadline);
	memory.lease ??= await leaseNow(kept, deadline);
	if (!(best && memory.lease)) {
		return {again: best ? `the lease of ${pool} cannot be read` : `no half of ${pool} on this host can be read`};
	}
	memory.note = {...memory.note, guid};
	if (wroteAlone(halfOf(half), best, memory.lease)) {
		return {
			again: `the leg's disk ${half.path} was written on its own (txg ${half.label.activity.txg}): what it took is lost when "zpool labelclear -f" and "zpool replace ${pool} ${guid}" make it a leg again`,
		};
	}
	makeAlias(pool, guid, half.path);
	const {exit, stderr} = await run(['zpool', 'online', pool, guid], {timeout: Math.max(1, deadline.left())});
	memory.status = undefined;
	if (exit !== 0) {
		return {again: `zpool online ended with ${exit}: ${stderr.trim().split('\n')[0] ?? ''}`};
	}
	const word = (await statusOf(kept, deadline)).vdevs.get(guid)?.state;
	// It ends with 0, and says so on its standard output, when the device that it opened is not this vdev.
	return word === 'ONLINE' || word === 'DEGRADED'
		? {done: true}
		: {
				again: `zpool online left the leg ${word ?? 'out'}: the pool knows it by a name that is another disk's here; import it once with both halves in reach`,
			};
}

/** With the leg ONLINE and its resilver over, the cluster may know that it has everything. Gives how far it is otherwise. */
export async function completed(kept: Kept, deadline: Deadline): Promise<string | undefined> {
	const {resilver, vdevs} = await statusOf(kept, deadline);
	const {guid} = kept.memory.note;
	const vdev = vdevs.get(guid);
	if (resilver || vdev?.state !== 'ONLINE' || vdev.resilvering) {
		return resilver
			? `resilvering${resilver.done === undefined ? '' : `, ${resilver.done} % done`}, ${resilver.eta}`
			: `its vdev is ${vdev?.state ?? 'gone'}`;
	}
	return declareCurrent(kept, deadline);
}
