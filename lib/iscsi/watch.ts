import type {Deadline} from '../deadline.ts';
import type {PoolStatus, Vdev} from '../vdev/status.ts';
import {declareBehind, declareCurrent} from './behind.ts';
import {quiet} from './completed.ts';
import type {Kept, Watch} from './kept.ts';
import {isHeld, type Session} from './session.ts';
import {statusOf} from './zpool.ts';

/** Between two looks at the halves, in milliseconds: of a pool that is well, and of one that is not. */
const WELL = 30_000;
const ILL = 5000;

/**
 * What a half misses although nobody let it go: this host's own disk that failed, or writes that failed on a vdev which ZFS goes on
 * with. The lease says so as soon as it is seen. Gives why it cannot be told, or how far this host's own half is.
 */
export async function watchHalves(kept: Kept, here: Session | undefined, state: string, deadline: Deadline): Promise<string | undefined> {
	const {memory} = kept;
	const {lease, note} = memory;
	const errors = here?.disk?.errors ?? '';
	memory.watch ??= {at: Number.NEGATIVE_INFINITY, errors, writes: new Map(), whole: new Map()};
	const {watch} = memory;
	const age = performance.now() - watch.at;
	const due = errors !== watch.errors || age > (state === 'ONLINE' && note.local.every(guid => lease?.current.includes(guid)) ? WELL : ILL);
	// With I/O held zpool may wait as long.
	if (!(due && lease) || isHeld(here)) {
		return undefined;
	}
	if (memory.status?.errors !== errors) {
		memory.status = undefined;
	}
	const {vdevs, resilver, scan} = await statusOf(kept, deadline);
	Object.assign(watch, {at: performance.now(), errors: memory.status?.errors ?? ''});
	if (vdevs.size === 0) {
		return undefined;
	}
	const lost = [note.guid, ...note.local].filter(guid => lease.current.includes(guid) && missed(kept, guid, vdevs.get(guid)));
	if (lost.length > 0) {
		const said = await declareBehind(kept, deadline, lost);
		if ('again' in said) {
			// As if it had not been looked at: the counts of before are what the next look is compared with.
			watch.at = Number.NEGATIVE_INFINITY;
			return said.again;
		}
	}
	for (const [guid, {writes}] of vdevs) {
		watch.writes.set(guid, writes);
	}
	if (resilver || /^resilvered .* with [1-9]\d* errors/u.test(scan)) {
		watch.whole.clear();
		return undefined;
	}
	for (const guid of note.local.filter(one => !lease.current.includes(one))) {
		const why = await back(kept, watch, guid, vdevs, deadline);
		if (why !== undefined) {
			return why;
		}
	}
	return undefined;
}

/** This host's own half again: as with the leg, a resilver that has something to do has begun by then. */
async function back(
	kept: Kept,
	{whole: seen}: Watch,
	guid: string,
	vdevs: PoolStatus['vdevs'],
	deadline: Deadline,
): Promise<string | undefined> {
	if (!whole(vdevs.get(guid))) {
		seen.delete(guid);
		return undefined;
	}
	const since = seen.get(guid) ?? {at: performance.now(), synced: false};
	seen.set(guid, since);
	if ((await quiet(kept, since, deadline)) !== undefined) {
		return undefined;
	}
	seen.delete(guid);
	return declareCurrent(kept, one => vdevs.has(one), deadline, guid);
}

/** DEGRADED: with wrong checksums, which are mended from the other half. */
const whole = (vdev: Vdev | undefined): boolean => /^(ONLINE|DEGRADED)$/u.test(vdev?.state ?? '') && !vdev?.resilvering;

/** What was counted before the first look is of the past: it was there when the lease was taken. */
function missed({memory: {note, watch}}: Kept, guid: string, vdev: Vdev | undefined): boolean {
	const before = watch?.writes.get(guid);
	const more = before !== undefined && vdev !== undefined && vdev.writes !== before && vdev.writes !== '0';
	return more || (note.local.includes(guid) && !whole(vdev));
}
