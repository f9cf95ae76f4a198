import {link, list} from '../host.ts';
import type {Mount} from '../mounts.ts';
import {nameOf} from '../vdev/device.ts';

export const ofPool = (pool: string, {type, source}: Mount): boolean =>
	type === 'zfs' && (source === pool || source.startsWith(`${pool}/`) || source.startsWith(`${pool}@`));

/** A zvol of the pool that has a device: its link, the kernel's name, and the kernel's names of its partitions. */
export interface Zvol {
	path: string;
	names: string[];
}

/** The pool's zvols, by udev's links: nothing else tells which zdN is whose without asking zfs. */
export function zvols(pool: string, folder = `/dev/zvol/${pool}`): Zvol[] {
	return list(folder).flatMap(entry => {
		const path = `${folder}/${entry}`;
		if (link(path) === undefined) {
			return zvols(pool, path);
		}
		const name = nameOf(path);
		return [{path, names: [name, ...list(`/sys/class/block/${name}`).filter(part => part.startsWith(name))]}];
	});
}
