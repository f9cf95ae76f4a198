import {mkdirSync, renameSync, rmSync, symlinkSync} from 'node:fs';
import {at, exists, link} from '../host.ts';

/**
 * A vdev's name on every host of a pool whose halves lie on different ones: its guid. The pool keeps the name under which it was opened
 * last, and a half that is away at an import keeps the other host's name for it, which here may be another disk's.
 */
const FOLDER = '/dev/twinpool';
const NOWHERE = '/dev/null';
const nameOf = (pool: string, guid: string): string => `${FOLDER}/${pool}/${guid}`;

/** The alias of a vdev, where it leads to one. */
export function aliasOf(pool: string, guid: string): string | undefined {
	const path = nameOf(pool, guid);
	return exists(path) && link(path) !== at(NOWHERE) ? path : undefined;
}

/** Point a vdev's alias to its device, as the kernel calls that now. In one step: ZFS may open it at any time. */
export function makeAlias(pool: string, guid: string, device: string): void {
	const path = at(nameOf(pool, guid));
	mkdirSync(at(`${FOLDER}/${pool}`), {recursive: true});
	rmSync(`${path}.new`, {force: true});
	symlinkSync(at(device), `${path}.new`);
	renameSync(`${path}.new`, path);
}

/**
 * What an alias led to is not to be opened, or is another disk now. It leads nowhere, and stays: for a name that is gone ZFS looks for a
 * second at each open (zfs_vdev_open_timeout_ms), and an import opens a vdev four times. What is no block device it gives up at once (seen
 * in the lab, 2.1.11: an import without the leg took 5.1 s, and 1.2 s with this).
 */
export const closeAlias = (pool: string, guid: string): void => makeAlias(pool, guid, NOWHERE);
