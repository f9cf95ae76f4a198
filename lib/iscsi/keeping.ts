import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import type {Outcome} from '../lifecycle.ts';
import {closeAlias, makeAlias} from '../vdev/alias.ts';
import {poolState} from '../vdev/pool.ts';
import type {Vdev} from '../vdev/status.ts';
import {leaseNow, letLegGo, newestHere} from './behind.ts';
import {wroteAlone} from './grant.ts';
import {halfOf, legHalf} from './halves.ts';
import {type Leg, session} from './index.ts';
import {logout} from './initiator.ts';
import {isCurrent, type Kept} from './kept.ts';
import {isHeld, type Session, type Where} from './session.ts';
import {type VdevWord, vdevWord} from './states.ts';
import {readElsewhere, rescan, setTimers} from './timing.ts';
import {statusOf, zpool} from './zpool.ts';

/** How long the kernel may take to show the unit's disk after a login. */
const SHOW = 5000;
const LOOK = 100;

/** The leg of a pool that is here: what its lifecycle asks, and what the cluster has to know before and after. */
export const keeping = (kept: Kept): Leg => ({
	pool: kept.pool,
	where: kept.where,
	record: kept.record,
	vdev: (here, deadline) => vdevOf(kept, here, deadline),
	release: deadline => release(kept, deadline),
	arrived: (here, deadline) => arrived(kept, here, deadline),
	online: (here, deadline) => online(kept, here, deadline),
});

/** No zpool command while the pool is ONLINE and the leg complete, nor while the leg cannot serve anyway. */
async function vdevOf(kept: Kept, here: Session | undefined, deadline: Deadline): Promise<VdevWord> {
	const {memory} = kept;
	if (here?.state !== 'LOGGED_IN') {
		memory.fresh = undefined;
	}
	const state = poolState(kept.pool);
	if (state === undefined) {
		memory.imported = false;
		return 'absent';
	}
	if (state === 'SUSPENDED') {
		// Every zpool command would hang: its own agent's case.
		return 'absent';
	}
	if (!memory.imported) {
		if (isHeld(here)) {
			// zpool would not answer before it is let go.
			return 'absent';
		}
		// It shows from the beginning of its import on; zpool answers when that is over.
		memory.status = undefined;
		memory.imported = (await statusOf(kept, deadline)).state !== '';
		if (!memory.imported) {
			return 'absent';
		}
	}
	if (state === 'ONLINE' && isCurrent(kept)) {
		return 'ONLINE';
	}
	if (here?.state !== 'LOGGED_IN') {
		return 'UNAVAIL';
	}
	const word = vdevWord((await ownVdev(kept, here, deadline))?.state ?? 'UNAVAIL');
	// What was opened over a session that is over looks well until the next I/O.
	return word === 'ONLINE' && !isCurrent(kept) && memory.opened?.session !== here.id ? 'UNAVAIL' : word;
}

/** ZFS looks for the leg again when its session is over, and writes wait meanwhile: it is to find at once that there is none. */
async function release(kept: Kept, deadline: Deadline): Promise<Outcome> {
	const said = await letLegGo(kept, deadline);
	const {guid} = kept.memory.note;
	if ('done' in said && guid !== '') {
		try {
			closeAlias(kept.pool, guid);
		} catch (error) {
			kept.log(`ZFS looks for the leg where it was: ${String(error)}`);
		}
	}
	return said;
}

/** The leg's vdev; "zpool replace" may have given it another guid, which its label tells. */
async function ownVdev(kept: Kept, {disk}: Session, deadline: Deadline): Promise<Vdev | undefined> {
	const {vdevs} = await statusOf(kept, deadline);
	const {note} = kept.memory;
	if (vdevs.size > 0 && !vdevs.has(note.guid) && disk) {
		const half = await legHalf(kept.pool, disk, deadline);
		if ('label' in half && vdevs.has(half.label.guid)) {
			kept.memory.note = {...note, guid: half.label.guid};
			makeAlias(kept.pool, half.label.guid, half.path);
		}
	}
	return vdevs.get(kept.memory.note.guid);
}

const withoutDisk = ({target, lun}: Where): string =>
	`${target} is logged in, but unit ${lun} of it has no disk here: the target does not offer it to this host`;

/** Its limits; which vdev it is is asked before that is used. */
async function arrived(kept: Kept, here: Session, deadline: Deadline): Promise<Outcome> {
	const {where} = kept;
	let now: Session | undefined = here;
	for (const end = performance.now() + Math.min(SHOW, deadline.left()); !now?.disk && performance.now() < end; ) {
		await sleep(LOOK);
		now = session(keeping(kept));
	}
	if (!now?.disk) {
		return {again: withoutDisk(where)};
	}
	if (kept.readLocal && !readElsewhere(now.disk)) {
		kept.log(`${now.disk.name} cannot be marked as the slower side: ZFS reads from either`);
	}
	setTimers(now, kept.timers).forEach(kept.log);
	kept.memory.fresh = now.id;
	return {done: true};
}

/** Only the right disk, and never one that was written on its own meanwhile. */
async function online(kept: Kept, {id, host, disk}: Session, deadline: Deadline): Promise<Outcome> {
	const {pool, memory, where} = kept;
	if (!disk) {
		rescan(host);
		return {again: withoutDisk(where)};
	}
	if (disk.state === 'offline') {
		// The kernel gave it up, and does not come back to it: a new login gets a new one.
		await logout(where, deadline);
		return {again: `${where.target}: its disk ${disk.name} was offline, logging in anew`};
	}
	const [half, best] = await Promise.all([legHalf(pool, disk, deadline, memory.note.poolGuid), newestHere(kept, deadline)]);
	if ('why' in half) {
		if (memory.fresh === id) {
			return {again: half.why};
		}
		// A session that came back by itself may have another unit behind the same disk, and the kernel the old one's partitions: seen in the lab.
		await logout(where, deadline);
		return {again: `${half.why}; as its session may be older than that, it is read once more over a new one`};
	}
	memory.lease ??= await leaseNow(kept, deadline);
	if (!(best && memory.lease)) {
		return {again: best ? `the lease of ${pool} cannot be read` : `no half of ${pool} on this host can be read`};
	}
	const {guid} = half.label;
	memory.note = {...memory.note, guid};
	if (wroteAlone(halfOf(half), best, memory.lease)) {
		return {
			again: `the leg's disk ${half.path} was written on its own (txg ${half.label.activity.txg}): what it took is lost when "zpool labelclear -f" and "zpool replace ${pool} ${guid}" make it a leg again`,
		};
	}
	makeAlias(pool, guid, half.path);
	if (memory.note.local.length > 1) {
		// The other halves may be resilvered meanwhile, and that taken for this one's. The only other half cannot: there is nothing to do it from.
		memory.status = undefined;
	}
	const {scan} = await statusOf(kept, deadline);
	const failed = (await zpool(kept, ['online', pool, guid], deadline)) ?? (await clearedOf(kept, guid, deadline));
	const {state: word} = (await statusOf(kept, deadline)).vdevs.get(guid) ?? {};
	if (failed !== undefined || !(word === 'ONLINE' || word === 'DEGRADED')) {
		// It ends with 0, and says so on its standard output, when the device that it opened is not this vdev.
		return {
			again:
				failed ??
				`zpool online left the leg ${word ?? 'out'}: the pool knows it by a name that is another disk's here; import it once with both halves in reach`,
		};
	}
	memory.opened = {session: id, at: performance.now(), scan, synced: false};
	return {done: true};
}

/** A vdev that failed too often stays FAULTED, whatever its disk does, until its errors are cleared. */
async function clearedOf(kept: Kept, guid: string, deadline: Deadline): Promise<string | undefined> {
	const {state: word, failures = false} = (await statusOf(kept, deadline)).vdevs.get(guid) ?? {};
	// Its counts too: what fails from now on is about this time.
	return word === 'FAULTED' || failures ? zpool(kept, ['clear', kept.pool, guid], deadline) : undefined;
}
