import {constants} from 'node:fs';
import {access, mkdtemp, rm, stat, statfs} from 'node:fs/promises';
import {relative, resolve} from 'node:path';
import {volumeNamed, volumes} from '../gluster/store.ts';
import {at, real} from '../host.ts';
import {type Mount, mounts} from '../mounts.ts';
import {run} from '../run.ts';
import {nameOf} from '../vdev/device.ts';
import {poolState} from '../vdev/pool.ts';
import {layers} from '../zpool/layers.ts';
import {device} from './beat.ts';

export type Layout = 'local' | 'drbd' | 'iscsi' | 'gluster';

/** A directory to measure in, and what it is on. */
export interface Place {
	directory: string;
	layout: Layout;
	/** The pool, or the volume. */
	name: string;
	/** The dataset; nothing of a volume. */
	dataset?: string;
	/** The DRBD devices below it. */
	minors: number[];
	/** What it is mounted from, as mountinfo writes it. */
	device: string;
}

/** A zpool command that takes longer hangs. */
const ZPOOL = 5000;
const GLUSTER = 'fuse.glusterfs';

/** What a directory is on. @throws {Error} why nothing is written there */
export async function placeOf(given: string): Promise<Place> {
	const directory = resolve(given);
	const seen = await stat(at(directory)).catch((error: NodeJS.ErrnoException) => {
		throw new Error(`${directory}: ${error.code === 'ENOENT' ? 'there is no such directory' : error.message}`);
	});
	if (!seen.isDirectory()) {
		throw new Error(`${directory} is no directory: only a file of its own is ever written, never a device`);
	}
	const mount = await mountOf(directory);
	if (mount?.type !== 'zfs' && mount?.type !== GLUSTER) {
		throw new Error(
			`${directory} is on ${mount?.type ?? 'a file system that is not in mountinfo'}: expected a ZFS dataset, or a mounted Gluster volume`,
		);
	}
	const volume = await brickOn(mount);
	if (volume !== undefined) {
		throw new Error(`${directory} is on the dataset of a brick of volume ${volume}: name a mount of the volume, or another dataset`);
	}
	await access(at(directory), constants.W_OK).catch((error: NodeJS.ErrnoException) => {
		throw new Error(`${directory} is not writable (${error.code})`);
	});
	return {directory, device: mount.device, ...(await layoutOf(mount))};
}

async function layoutOf({type, source}: Mount): Promise<Pick<Place, 'layout' | 'name' | 'dataset' | 'minors'>> {
	if (type === GLUSTER) {
		return {layout: 'gluster', name: source.replace(/^.*:\/?/u, '').split('/')[0] ?? '', minors: []};
	}
	const [pool = ''] = source.split(/[/@]/u);
	if (poolState(pool) === 'SUSPENDED') {
		throw new Error(`pool ${pool} is suspended: whatever is written there hangs`);
	}
	const names = (await leavesOf(pool)).flatMap(path => [nameOf(path), ...layers(path)]);
	const minors = names.flatMap(name => /^drbd(?<minor>\d+)/u.exec(name)?.groups?.['minor'] ?? []).map(Number);
	const legs = names.filter(name => /\/session\d+\//u.test(real(`/sys/class/block/${name}`)));
	const unreplicated = legs.length > 0 ? 'iscsi' : 'local';
	return {layout: minors.length > 0 ? 'drbd' : unreplicated, name: pool, dataset: source, minors};
}

/** The disks of a pool, as zpool names them. @throws {Error} it does not */
async function leavesOf(pool: string): Promise<string[]> {
	const {stdout, stderr} = await run(['zpool', 'list', '-v', '-H', '-P', pool], {timeout: ZPOOL});
	const leaves = stdout.split('\n').flatMap(line => /^\s+(?<path>\/[^\t]+)/u.exec(line)?.groups?.['path'] ?? []);
	if (leaves.length === 0) {
		throw new Error(`on which disks pool ${pool} is cannot be told: ${(stderr || stdout).trim().split('\n')[0] ?? ''}`);
	}
	return leaves;
}

/** The mount that a path is on: by its device, and of those that share one by the nearest point. Nothing where there is no such path. */
async function mountOf(path: string): Promise<Mount | undefined> {
	const seen = await stat(at(path)).catch(() => undefined);
	if (!seen) {
		return undefined;
	}
	const there = `/${relative(real('/'), real(path))}`;
	const above = mounts().filter(
		({point, device: of}) => of === device(seen.dev) && `${there}/`.startsWith(`${point.replace(/\/$/u, '')}/`),
	);
	// Of the same point the last one is on top.
	return above.reverse().sort((one, other) => other.point.length - one.point.length)[0];
}

/** The volume whose brick is on a dataset: nobody but Gluster writes there. */
async function brickOn({point}: Mount): Promise<string | undefined> {
	for (const volume of volumes()) {
		for (const {path} of volumeNamed(volume)?.bricks ?? []) {
			if ((await mountOf(path))?.point === point) {
				return volume;
			}
		}
	}
	return undefined;
}

/** What this host has: of each pool the mounted dataset nearest to its top that can be written to, and each mounted volume; and why not. */
export async function places(): Promise<{found: Place[]; missed: string[]}> {
	const found = new Map<string, Place>();
	const missed = new Map<string, string>();
	const points = mounts()
		.filter(({type}) => type === 'zfs' || type === GLUSTER)
		.sort((one, other) => one.source.split('/').length - other.source.split('/').length || (one.source < other.source ? -1 : 1));
	for (const {point, type, source} of points) {
		const key = type === GLUSTER ? source : (source.split(/[/@]/u)[0] ?? '');
		if (!found.has(key)) {
			const place = await placeOf(point).catch((error: Error) => error);
			if (place instanceof Error) {
				missed.set(key, missed.get(key) ?? place.message);
			} else {
				found.set(key, place);
			}
		}
	}
	return {found: [...found.values()], missed: [...missed].flatMap(([key, why]) => (found.has(key) ? [] : [why]))};
}

/** A directory of its own for the file, in a place that is still there and has the room. @throws {Error} it is not, or has not */
export async function room({directory, device: before}: Place, bytes: number): Promise<string> {
	const {bavail, bsize} = await statfs(at(directory));
	if (bavail * bsize < 2 * bytes) {
		const mib = (count: number): number => Math.floor(count / 2 ** 20);
		throw new Error(
			`${directory} has ${mib(bavail * bsize)} MiB free, and ${mib(2 * bytes)} are wanted, twice the file's size: see --size`,
		);
	}
	const own = await mkdtemp(`${at(directory)}/.twinpool-bench-`);
	const seen = await stat(own).catch(() => undefined);
	if (!seen || device(seen.dev) !== before) {
		await rm(own, {recursive: true});
		throw new Error(`${directory} is not mounted any more`);
	}
	return own;
}
