import {began, link, list, read} from '../host.ts';
import {type Mount, mounts} from '../mounts.ts';
import {nameOf} from '../vdev/device.ts';
import {ofPool, type Zvol, zvols} from './mounts.ts';

/** Somebody who keeps the pool from being exported. */
export interface Holder {
	kind: 'process' | 'mount' | 'swap' | 'loop' | 'device' | 'lio' | 'nfs';
	/** As a person would find it: a name, and where it holds on. */
	says: string;
	/** A process, and when it began: a number may be somebody else's by the time of a signal. */
	process?: {pid: number; began: string};
}

/** Where a path can lead into the pool, seen from one mount namespace. */
interface Reach {
	points: string[];
	zvols: Zvol[];
	pool: string;
}

/** Everything that holds the pool, most likely culprits first. Reads /proc and /sys only: nothing here touches the pool. */
export function holders(pool: string): Holder[] {
	const here = mounts();
	const volumes = zvols(pool);
	const reach: Reach = {points: here.filter(mount => ofPool(pool, mount)).map(({point}) => point), zvols: volumes, pool};
	return [...processes(reach, here), ...mounted(reach, here), ...blocks(reach), ...files(reach)];
}

/** Is this path in the pool, or one of its zvols? */
function inside({points, zvols: volumes, pool}: Reach, path: string): boolean {
	const there = path.replace(/ \(deleted\)$/u, '');
	if (there.startsWith('/dev/')) {
		return there.startsWith(`/dev/zvol/${pool}/`) || volumes.some(({names}) => names.includes(nameOf(there)));
	}
	return points.some(point => there === point || there.startsWith(`${point}/`));
}

function* processes(reach: Reach, here: readonly Mount[]): Iterable<Holder> {
	const own = link('/proc/self/ns/mnt');
	const elsewhere = new Map<string, Reach>();
	for (const pid of list('/proc').filter(name => /^\d+$/u.test(name) && Number(name) !== process.pid)) {
		const space = link(`/proc/${pid}/ns/mnt`);
		let view = reach;
		if (space !== undefined && own !== undefined && space !== own) {
			const known = elsewhere.get(space);
			view = known ?? {
				...reach,
				points: mounts(pid)
					.filter(mount => ofPool(reach.pool, mount))
					.map(({point}) => point),
			};
			elsewhere.set(space, view);
			if (!known) {
				yield* left(reach.pool, pid, here);
			}
		}
		const path = place(view, pid);
		if (path !== undefined) {
			yield {kind: 'process', says: `${nameOfProcess(pid)} (pid ${pid}: ${path})`, process: {pid: Number(pid), began: began(pid)}};
		}
	}
}

/** The first thing of the pool that a process holds: cheap places first, its mappings last. */
function place(reach: Reach, pid: string): string | undefined {
	const folder = `/proc/${pid}`;
	for (const entry of ['cwd', 'root', 'exe', ...list(`${folder}/fd`).map(fd => `fd/${fd}`)]) {
		const path = link(`${folder}/${entry}`);
		if (path?.startsWith('/') && inside(reach, path)) {
			return path.replace(/ \(deleted\)$/u, '');
		}
	}
	if (reach.points.length === 0) {
		return undefined;
	}
	const paths = (read(`${folder}/maps`) ?? '').split('\n').map(line => line.slice(line.indexOf('/')));
	return paths.find(path => path.startsWith('/') && inside(reach, path))?.replace(/ \(deleted\)$/u, '');
}

/** Mounts that stayed behind in another namespace after ours are gone. */
function* left(pool: string, pid: string, here: readonly Mount[]): Iterable<Holder> {
	const gone = mounts(pid).find(mount => ofPool(pool, mount) && !here.some(({source}) => source === mount.source));
	if (gone) {
		yield {kind: 'mount', says: `a mount of ${gone.source} in the namespace of ${nameOfProcess(pid)} (pid ${pid})`};
	}
}

/** Other file systems on top of the pool's, or on one of its zvols. */
function* mounted(reach: Reach, here: readonly Mount[]): Iterable<Holder> {
	const devices = new Set(reach.zvols.flatMap(({names}) => names).map(name => read(`/sys/class/block/${name}/dev`)?.trim()));
	for (const mount of here.filter(entry => !ofPool(reach.pool, entry))) {
		if (devices.has(mount.device) || inside(reach, mount.point)) {
			yield {kind: 'mount', says: `the mount ${mount.point} (${mount.source})`};
		}
	}
}

/** What sits on a zvol: dm, md, DRBD, loop; and swap. */
function* blocks(reach: Reach): Iterable<Holder> {
	for (const {path, names} of reach.zvols) {
		for (const above of names.flatMap(name => list(`/sys/class/block/${name}/holders`))) {
			yield {kind: 'device', says: `${read(`/sys/class/block/${above}/dm/name`)?.trim() ?? above} on ${path}`};
		}
	}
	for (const loop of list('/sys/block').filter(name => name.startsWith('loop'))) {
		const file = read(`/sys/block/${loop}/loop/backing_file`)?.trim();
		if (file && inside(reach, file)) {
			yield {kind: 'loop', says: `${loop} (${file})`};
		}
	}
	for (const [path = ''] of (read('/proc/swaps') ?? '')
		.split('\n')
		.slice(1)
		.map(line => line.split(/\s/u))) {
		if (path && inside(reach, path.replaceAll('\\040', ' '))) {
			yield {kind: 'swap', says: `swap on ${path}`};
		}
	}
}

/** What the kernel itself serves from the pool: iSCSI backstores and NFS. */
function* files(reach: Reach): Iterable<Holder> {
	const core = '/sys/kernel/config/target/core';
	for (const store of list(core).flatMap(hba => list(`${core}/${hba}`).map(name => `${hba}/${name}`))) {
		const told = ['udev_path', 'control', 'info'].map(file => read(`${core}/${store}/${file}`) ?? '').join(' ');
		const path = told.split(/[\s=,]+/u).find(word => word.startsWith('/') && inside(reach, word));
		if (path) {
			yield {kind: 'lio', says: `iSCSI backstore ${store} (${path})`};
		}
	}
	for (const [path = ''] of (read('/proc/fs/nfsd/exports') ?? '').split('\n').map(line => line.split(/\s/u))) {
		if (path.startsWith('/') && inside(reach, path)) {
			yield {kind: 'nfs', says: `NFS export ${path}`};
		}
	}
}

const nameOfProcess = (pid: string): string => read(`/proc/${pid}/comm`)?.trim() ?? 'a process';

const FIT = 130;

/** The culprits as a part of a sentence, as many as fit. */
export function named(held: readonly Holder[]): string {
	let text = '';
	for (const [count, {says}] of held.entries()) {
		if (text && text.length + says.length > FIT) {
			return `${text} and ${held.length - count} more`;
		}
		text += `${text && ', '}${says}`;
	}
	return text;
}
