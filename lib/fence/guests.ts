import type {Deadline} from '../deadline.ts';
import {destroyGuests} from '../guests/destroy.ts';
import {storageOf} from '../guests/place.ts';
import type {Storage} from '../guests/storage.ts';
import {onTop} from './ontop.ts';
import type {Asking} from './scene.ts';

/** What is named by hand besides what lies on the resource. */
export interface ByHand {
	pool?: readonly string[] | undefined;
	mountpoint?: readonly string[] | undefined;
	device?: readonly string[] | undefined;
}

/**
 * The storage on a resource and what is named by hand; and why nobody can tell whether that is all, where pools are there of which
 * nobody knows on what they lie.
 */
export async function storageOn(
	resource: string,
	minors: readonly number[],
	{pool = [], mountpoint = [], device = []}: ByHand,
	deadline: Deadline,
): Promise<{storage: Storage; doubt: string}> {
	const {named, doubtful} = resource ? await onTop(resource, minors, deadline) : {named: {}, doubtful: []};
	const storage = storageOf({
		pools: [...pool, ...(named.pools ?? [])],
		mountpoints: mountpoint,
		devices: [...device, ...(named.devices ?? [])],
		points: named.points ?? [],
	});
	const unsure = pool.length === 0 && doubtful.length > 0;
	return {storage, doubt: unsure ? `nobody knows on which devices ${doubtful.join(', ')} lies: name the pool with --pool` : ''};
}

/** Destroy the peer's guests on this resource, over libvirt. Gives why it is not proved that they are gone, or nothing. */
export async function withoutGuests({told, options, deadline, trace}: Asking, uri: string): Promise<string | undefined> {
	const {storage, doubt} = await storageOn(told.resource, told.minors, {pool: options.pool}, deadline);
	const report = await destroyGuests({uri, storage, deadline});
	trace.facts['guests'] = {uri, storage: storage.paths, ok: report.ok, why: report.why, fates: report.guests};
	// Guests on a pool that may lie on this resource were not touched: that is no proof.
	return report.ok ? doubt || undefined : report.why;
}
