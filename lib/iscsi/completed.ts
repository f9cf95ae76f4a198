import type {Deadline} from '../deadline.ts';
import type {PoolStatus} from '../vdev/status.ts';
import {declareCurrent} from './behind.ts';
import type {Kept, Opened, Quiet} from './kept.ts';
import {statusOf, zpool} from './zpool.ts';

/** What zpool status shows of a leg that was opened again: what it still lacks, whether it failed since, or whether it waits for `quiet`. */
export type Progress = {lacks: string; failed?: true} | {resilvered: boolean};

/** As printed, with what was printed just before the leg was opened. */
export function progress({resilver, vdevs, scan}: PoolStatus, guid: string, opened: Pick<Opened, 'scan'> | undefined): Progress {
	const vdev = vdevs.get(guid);
	if (resilver) {
		return {lacks: `resilvering${resilver.done === undefined ? '' : `, ${resilver.done} % done`}, ${resilver.eta}`};
	}
	if (vdev?.state !== 'ONLINE' || vdev.resilvering || !opened) {
		return {lacks: `its vdev is ${vdev?.state ?? 'gone'}${vdev?.resilvering ? ' and waits for its resilver' : ''}`};
	}
	if (/^resilvered .* with [1-9]\d* errors/u.test(scan)) {
		return {lacks: `it does not have everything: ${scan}`};
	}
	// They were cleared when it was opened.
	if (vdev.writes !== '0') {
		return {lacks: `${vdev.writes} of its writes failed during the resilver`, failed: true};
	}
	// One that was under way already may have begun before what this leg missed.
	return {resilvered: scan !== opened.scan && scan.startsWith('resilvered ') && !opened.scan.includes('in progress')};
}

/** With the leg ONLINE and its resilver over, the cluster may know that it has everything. Gives how far it is otherwise. */
export async function completed(kept: Kept, deadline: Deadline): Promise<string | undefined> {
	const status = await statusOf(kept, deadline);
	const {note, opened} = kept.memory;
	const is = progress(status, note.guid, opened);
	if ('lacks' in is) {
		if (is.failed) {
			kept.memory.opened = undefined;
		}
		return is.lacks;
	}
	if (!is.resilvered && opened) {
		const why = await quiet(kept, opened, deadline);
		if (why !== undefined) {
			return why;
		}
	}
	return declareCurrent(kept, guid => status.vdevs.has(guid), deadline);
}

/** A resilver begins some moments after the leg is online, at the second txg from there (seen: 0.9 s). This long without one, in milliseconds, nothing was missed. */
const QUIET = 10_000;

export async function quiet(kept: Kept, opened: Quiet, deadline: Deadline): Promise<string | undefined> {
	if (performance.now() - opened.at < QUIET) {
		return 'waiting whether something has to be resilvered';
	}
	if (!opened.synced) {
		const why = await zpool(kept, ['sync', kept.pool], deadline);
		opened.synced = why === undefined;
		return why ?? 'waiting whether something has to be resilvered';
	}
	return undefined;
}
