import {mkdirSync, renameSync, rmSync, symlinkSync} from 'node:fs';
import {at, exists} from '../host.ts';

/**
 * A vdev's name on every host of a pool whose halves lie on different ones: its guid. The pool keeps the name under which it was opened
 * last, and a half that is away at an import keeps the other host's name for it, which here may be another disk's.
 */
const FOLDER = '/dev/twinpool';
const nameOf = (pool: string, guid: string): string => `${FOLDER}/${pool}/${guid}`;

/** The alias of a vdev, where somebody made one. */
export function aliasOf(pool: string, guid: string): string | undefined {
	const path = nameOf(pool, guid);
	return exists(path) ? path : undefined;
}

/** Point a vdev's alias to its device, as the kernel calls that now. In one step: ZFS may open it at any time. */
export function makeAlias(pool: string, guid: string, device: string): void {
	const path = at(nameOf(pool, guid));
	mkdirSync(at(`${FOLDER}/${pool}`), {recursive: true});
	rmSync(`${path}.new`, {force: true});
	symlinkSync(at(device), `${path}.new`);
	renameSync(`${path}.new`, path);
}

/** What an alias led to is not to be opened, or is another disk now. */
export const dropAlias = (pool: string, guid: string): void => rmSync(at(nameOf(pool, guid)), {force: true});
