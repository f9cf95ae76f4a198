import {link, list, read} from '../host.ts';
import {nameOf} from '../vdev/device.ts';

/** One line of mountinfo, as far as it matters here. */
export interface Mount {
	point: string;
	type: string;
	source: string;
	/** major:minor of what is mounted. */
	device: string;
}

/** Blanks and the like are octal in mountinfo. */
const plain = (word: string): string => word.replace(/\\(\d{3})/gu, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

export function mounts(pid: number | string = 'self'): Mount[] {
	return (read(`/proc/${pid}/mountinfo`) ?? '').split('\n').flatMap(line => {
		const [left = '', right = ''] = line.split(' - ');
		const [, , device = '', , point = ''] = left.split(' ');
		const [type = '', source = ''] = right.split(' ');
		return point ? [{point: plain(point), type, source: plain(source), device}] : [];
	});
}

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
