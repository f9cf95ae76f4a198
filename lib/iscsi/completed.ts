import type {Deadline} from '../deadline.ts';
import {declareCurrent} from './behind.ts';
import {statusOf, zpool} from './keeping.ts';
import type {Kept, Quiet} from './kept.ts';

/** With the leg ONLINE and its resilver over, the cluster may know that it has everything. Gives how far it is otherwise. */
export async function completed(kept: Kept, deadline: Deadline): Promise<string | undefined> {
	const {resilver, vdevs, scan} = await statusOf(kept, deadline);
	const {note, opened} = kept.memory;
	const vdev = vdevs.get(note.guid);
	if (resilver) {
		return `resilvering${resilver.done === undefined ? '' : `, ${resilver.done} % done`}, ${resilver.eta}`;
	}
	if (vdev?.state !== 'ONLINE' || vdev.resilvering || !opened) {
		return `its vdev is ${vdev?.state ?? 'gone'}${vdev?.resilvering ? ' and waits for its resilver' : ''}`;
	}
	if (/^resilvered .* with [1-9]\d* errors/u.test(scan)) {
		return `it does not have everything: ${scan}`;
	}
	// They were cleared when it was opened.
	if (vdev.writes !== '0') {
		kept.memory.opened = undefined;
		return `${vdev.writes} of its writes failed during the resilver`;
	}
	// One that was under way already may have begun before what this leg missed.
	const itsOwn = scan !== opened.scan && scan.startsWith('resilvered ') && !opened.scan.includes('in progress');
	if (!itsOwn) {
		const why = await quiet(kept, opened, deadline);
		if (why !== undefined) {
			return why;
		}
	}
	return declareCurrent(kept, guid => vdevs.has(guid), deadline);
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
