import {asked, doubt, unshown} from '../cluster/agreed.ts';
import {type Cib, readCib} from '../cluster/cib.ts';
import {complete, type Lease, leaseIn, only, setLease, without} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import type {Outcome} from '../lifecycle.ts';
import {aliasOf} from '../vdev/alias.ts';
import {lookAt} from '../vdev/device.ts';
import type {Half} from './grant.ts';
import {halfOf, isOf} from './halves.ts';
import {isCurrent, type Kept} from './kept.ts';
import {sessionsTo} from './session.ts';

/** The CIB with this node's lease; why not, where it is not this node's. */
async function ownLease({pool, memory}: Kept, deadline: Deadline): Promise<{cib: Cib; lease: Lease} | {again: string}> {
	const cib = await readCib(deadline);
	const lease = leaseIn(cib, pool);
	memory.lease = lease;
	return lease?.holder === memory.note.me
		? {cib, lease}
		: {again: `the lease of ${pool} is ${lease ? `${lease.holder ?? 'nobody'}'s (epoch ${lease.epoch})` : 'gone'}, not this node's`};
}

/** As the CIB has it; nothing when that cannot be asked, or what is there is no lease. */
export const leaseNow = ({pool}: Kept, deadline: Deadline): Promise<Lease | undefined> =>
	readCib(deadline)
		.then(cib => leaseIn(cib, pool))
		.catch(() => undefined);

async function change(kept: Kept, before: Lease, after: Lease, deadline: Deadline): Promise<void> {
	kept.memory.known = false;
	await setLease(kept.pool, before, after, deadline);
	kept.memory.lease = after;
}

/** What this host's own half has reached; only its labels are read, as everybody waits. */
export async function newestHere({pool, memory: {note}}: Kept, deadline: Deadline): Promise<Half | undefined> {
	const looks = await Promise.all(note.local.map(guid => lookAt(aliasOf(pool, guid) ?? '', deadline)));
	return looks
		.filter(isOf(pool))
		.map(halfOf)
		.sort((one, other) => other.txg - one.txg)[0];
}

/** Does every member show the lease as this node has it? Who does not, and why. `before`: the CIB before it was written. */
export async function silentNode({pool, memory}: Kept, deadline: Deadline, before?: Cib): Promise<string | undefined> {
	const {lease, note} = memory;
	const silent = lease
		? await unshown(pool, lease, note.me, deadline, before).catch(() => `writes wait: the cluster cannot be asked about ${pool}`)
		: `writes wait: the lease of ${pool} cannot be read`;
	memory.known = silent === undefined;
	return silent;
}

/**
 * Write into the CIB that these vdevs are behind (without a list the leg's), and have every other node know it, before a write is taken
 * without them.
 */
export const declareBehind = (kept: Kept, deadline: Deadline, gone: readonly string[] = [kept.memory.note.guid]): Promise<Outcome> =>
	asked(async () => {
		const own = await ownLease(kept, deadline);
		if ('again' in own) {
			return own;
		}
		const {cib, lease} = own;
		const {me, guid, local} = kept.memory.note;
		if (lease.current.every(one => gone.includes(one))) {
			return {again: `writes wait: no other half of ${kept.pool} has everything`};
		}
		const why = doubt(cib, me);
		if (why !== undefined) {
			return {again: why};
		}
		if (gone.includes(guid)) {
			kept.memory.opened = undefined;
		}
		if (lease.current.some(one => gone.includes(one))) {
			// How far the pool got is in the labels of a half that goes on.
			const best = local.some(one => gone.includes(one)) ? undefined : await newestHere(kept, deadline);
			await change(kept, lease, without(lease, gone, best?.txg ?? Number.MAX_SAFE_INTEGER), deadline);
		}
		const silent = await silentNode(kept, deadline, cib);
		if (silent !== undefined) {
			return {again: silent};
		}
		kept.log(`${kept.pool} goes on without ${gone.includes(guid) ? 'its leg' : "this host's own half"}`);
		return {done: true};
	});

/** A leg whose session has failed: its held writes may fail from now on. */
export async function letLegGo(kept: Kept, deadline: Deadline): Promise<Outcome> {
	const before = kept.memory.lease;
	const [held] = sessionsTo(kept.where);
	if (before && !isCurrent(kept) && kept.memory.known) {
		// It is behind already, and everybody knows. How far it got meanwhile is written down when there is time.
		kept.memory.lost = (await newestHere(kept, deadline))?.txg;
		return {done: true};
	}
	const had = isCurrent(kept);
	const said = await declareBehind(kept, deadline);
	const {lease} = kept.memory;
	const [now] = sessionsTo(kept.where);
	if ('done' in said && lease && held?.state === 'FAILED' && now?.id === held.id && now.state === 'LOGGED_IN') {
		if (!had) {
			// What it missed before, it still misses: its resilver goes on.
			return {again: 'the session came back meanwhile'};
		}
		// Back meanwhile: what was held goes through, and nothing has to be resilvered. One that was given up failed what it held.
		return asked(async () => {
			await change(kept, lease, complete(lease, kept.memory.note.guid), deadline);
			return {again: 'the session came back meanwhile'};
		});
	}
	return said;
}

/** A leg that was lost in the middle of its resilver had got further than the lease says. */
export async function writeDown(kept: Kept, deadline: Deadline): Promise<void> {
	const {lease, lost, note, known} = kept.memory;
	if (lease && lost !== undefined && note.guid in lease.behind) {
		await asked(async () => {
			await change(kept, lease, {...lease, behind: {...lease.behind, [note.guid]: lost}}, deadline);
			// Nobody needs to know it before a write: it is behind as before.
			kept.memory.known = known;
			return {done: true};
		});
	}
	kept.memory.lost = undefined;
}

/**
 * The resilver is over: the cluster may know that the leg has everything; of vdevs that the pool no longer has it keeps nothing.
 * Gives why it could not be told.
 */
export async function declareCurrent(
	kept: Kept,
	has: (guid: string) => boolean,
	deadline: Deadline,
	guid = kept.memory.note.guid,
): Promise<string | undefined> {
	const said = await asked(async () => {
		const own = await ownLease(kept, deadline);
		if ('again' in own) {
			return own;
		}
		if (!own.lease.current.includes(guid)) {
			await change(kept, own.lease, only(complete(own.lease, guid), has), deadline);
			kept.log(`${guid === kept.memory.note.guid ? 'the leg' : "this host's own half"} of ${kept.pool} has everything again`);
		}
		return {done: true};
	});
	return 'again' in said ? said.again : undefined;
}
