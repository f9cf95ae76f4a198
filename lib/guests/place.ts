import {at, link, list, read} from '../host.ts';
import {type Mount, mounts} from '../mounts.ts';
import type {Storage} from './storage.ts';

/** What names a storage: pools, mount points, devices. */
export interface Named {
	pools?: readonly string[];
	mountpoints?: readonly string[];
	devices?: readonly string[];
	/** Where the pools were mounted when they were last seen. */
	points?: readonly string[];
}

const REMOTE = /^(nfs|cifs|smb|fuse|ceph|9p|afs|gfs|ocfs|glusterfs)/u;
const LINKS = 40;

/**
 * Where a path leads, one component at a time. It stops where `stop` says: nothing below a mount of the storage, or of a
 * server, is ever touched, since a look into one that does not answer would hang us in the kernel.
 */
function resolved(path: string, stop: (path: string) => boolean): string {
	let done = '';
	let rest = path.split('/').filter(Boolean);
	for (let links = 0; rest.length > 0; ) {
		const [next = '', ...after] = rest;
		rest = after;
		if (next === '..') {
			done = done.replace(/\/[^/]*$/u, '');
			continue;
		}
		const here = `${done}/${next}`;
		const to = next === '.' || stop(here) ? undefined : link(here);
		if (stop(here)) {
			return [here, ...rest].join('/');
		}
		if (to === undefined || links >= LINKS) {
			done = next === '.' ? done : here;
			continue;
		}
		links += 1;
		done = to.startsWith('/') ? '' : done;
		rest = [...to.split('/').filter(Boolean), ...rest];
	}
	return done || '/';
}

const ofPool = (pool: string, {type, source}: Mount): boolean => type === 'zfs' && (source === pool || source.startsWith(`${pool}/`));

/** Devices on top of a device: partitions, dm, md. */
function above(name: string): string[] {
	const parts = list(`/sys/class/block/${name}`).filter(part => part.startsWith(name));
	return [...parts, ...list(`/sys/class/block/${name}/holders`)].flatMap(one => [one, ...above(one)]);
}

/** The nodes of a pool's zvols, by udev's links. */
function zvols(folder: string): string[] {
	return list(folder).flatMap(entry => {
		const path = `${folder}/${entry}`;
		return link(path) === undefined ? zvols(path) : [resolved(path, () => false)];
	});
}

/** The mount points of a pool, as they are now. */
export const pointsOf = (pool: string): string[] =>
	mounts()
		.filter(mount => ofPool(pool, mount))
		.map(({point}) => point);
/** Where the pool itself is mounted; nothing when it is not. */
export const topOf = (pool: string): string | undefined => mounts().find(({type, source}) => type === 'zfs' && source === pool)?.point;
/** Something is mounted exactly there. */
export const mounted = (path: string): boolean => mounts().some(({point}) => point === resolved(path, one => one === point));

/** Everything that a storage is called on this host: from mountinfo and sysfs alone, so nothing can hang. */
export function storageOf({pools = [], mountpoints = [], devices = [], points = []}: Named): Storage {
	const all = mounts();
	const given = mountpoints.flatMap(path => [path, resolved(path, one => all.some(({point}) => point === one))]);
	const nodes = [...devices.map(path => resolved(path, () => false)), ...pools.flatMap(pool => zvols(`/dev/zvol/${pool}`))];
	const stack = [...new Set(nodes.flatMap(node => [node.replace(/^\/dev\//u, ''), ...above(node.replace(/^\/dev\//u, ''))]))];
	const numbers = stack.map(name => read(`/sys/class/block/${name}/dev`)?.trim());
	const onTop = all.filter(mount => pools.some(pool => ofPool(pool, mount)) || numbers.includes(mount.device));
	const paths = [
		...given,
		...points,
		...onTop.map(({point}) => point),
		...pools.map(pool => `/dev/zvol/${pool}`),
		...devices,
		...stack.map(name => `/dev/${name}`),
	];
	const volumes = all
		.filter(({point, type}) => given.includes(point) && /glusterfs$/u.test(type))
		.map(({source}) => source.replace(/^[^:]*:\/?/u, '').split('/')[0] ?? '');
	return {paths: [...new Set(paths)], volumes: [...new Set(volumes)]};
}

/** Every name that a path goes by here: links are followed up to the storage, and never into a file server's. */
export function namesOf({paths}: Storage): (path: string) => readonly string[] {
	const stops = new Set([
		...paths,
		...mounts()
			.filter(({type}) => REMOTE.test(type))
			.map(({point}) => point),
	]);
	const known = new Map<string, readonly string[]>();
	return path => {
		const names = known.get(path) ?? [path, resolved(path, one => stops.has(one))];
		known.set(path, names);
		return names;
	};
}

/** The folder as the kernel is asked for it. */
export const real = (path: string): string => at(path);
