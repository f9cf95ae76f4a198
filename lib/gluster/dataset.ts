import {statfsSync} from 'node:fs';
import * as z from 'zod/mini';
import {parsed} from '../cluster/seen.ts';
import type {Deadline} from '../deadline.ts';
import {asName, at, exists, keep, read} from '../host.ts';
import {type Mount, mounts} from '../mounts.ts';
import {run} from '../run.ts';
import {poolState} from '../vdev/pool.ts';

/** What a brick lay on when it ran: by the mount's point, its type and its source. */
const HOME = z.record(z.string(), z.object({point: z.string(), type: z.string(), source: z.string()}));
type Home = z.infer<typeof HOME>[string];

/** Kept over boots: an empty directory in the place of a dataset looks like a brick, too. */
const file = (volume: string): string => `/var/lib/twinpool/gluster-${asName(volume)}.json`;

const above = (path: string, {point}: Mount): boolean => point === '/' || path === point || path.startsWith(`${point}/`);

/** What a path lies on: the last mount on the longest point above it. */
export const homeOf = (path: string): Mount | undefined =>
	mounts()
		.filter(mount => above(path, mount))
		.reduce<Mount | undefined>((best, mount) => (best && best.point.length > mount.point.length ? best : mount), undefined);

/** Remember where these bricks are. */
export function settle(volume: string, paths: readonly string[]): void {
	const homes = paths.flatMap(path => {
		const home = homeOf(path);
		return home ? [[path, {point: home.point, type: home.type, source: home.source}] as const] : [];
	});
	keep(file(volume), JSON.stringify(Object.fromEntries(homes)));
}

/** The dataset that a brick is on, mounted or not; nothing when that is not ZFS. */
export function datasetOf(volume: string, path: string): string | undefined {
	const home = known(volume)[path] ?? homeOf(path);
	return home?.type === 'zfs' ? home.source : undefined;
}

/** Left for start while some copies may be of another time than others: nothing would heal that. */
export const half = (volume: string): string => `/var/lib/twinpool/gluster-${asName(volume)}.rollback`;

/** Why the copies of a volume must not be served: a rollback that was not finished. */
export function halfBack(volume: string): string | undefined {
	const set = read(half(volume))?.trim();
	return set && `"twinpool snapshot rollback ${volume} ${set}" again: it was not finished, and the copies of ${volume} may be of two times`;
}

const known = (volume: string): Record<string, Home> => parsed(HOME, read(file(volume))) ?? {};

/**
 * Why nothing below a brick may be touched: its pool has lost its disks, and whoever touches it waits in the kernel for ever. So does the
 * brick itself, while it answers its clients' pings; Gluster's own health check hangs with it (seen in the lab).
 */
export function suspended(path: string): string | undefined {
	const home = homeOf(path);
	const pool = home?.type === 'zfs' ? home.source.split('/')[0] : undefined;
	const state = pool === undefined ? undefined : poolState(pool);
	return state === undefined || /^(ONLINE|DEGRADED)$/u.test(state)
		? undefined
		: `pool ${pool}, where brick ${path} is, is ${state}: give it its disks back, then "zpool clear ${pool}"`;
}

/** Why a brick's directory is not what it was: its dataset is not mounted, or hangs. Nothing when all is well. */
export function homeless(volume: string, path: string): string | undefined {
	const hangs = suspended(path);
	if (hangs !== undefined) {
		return hangs;
	}
	const [was, now] = [known(volume)[path], homeOf(path)];
	if (was) {
		return now?.point === was.point && now.source === was.source
			? undefined
			: `${was.source} is not mounted at ${was.point}, where brick ${path} is`;
	}
	// The first time: gluster puts this where a brick is made.
	return exists(`${path}/.glusterfs`) ? undefined : `${path} is no brick yet, or its dataset is not mounted`;
}

/** Less than this part of it free, and a file system counts as full; less than so many bytes, and nothing can be written to it. */
const FULL = {part: 0.01, bytes: 2 ** 20};

function free(path: string): {part: number; bytes: number} | undefined {
	try {
		const {blocks, bavail, bsize} = statfsSync(at(path));
		return {part: bavail / Math.max(1, blocks), bytes: bavail * bsize};
	} catch {
		return undefined;
	}
}

/** Whether the file system below a brick is as good as full: Gluster keeps that little back (storage.reserve). */
export const full = (path: string): boolean => (free(path)?.part ?? 1) < FULL.part;

/**
 * Why a brick would not live: within half a minute Gluster's own health check (storage.health-check-interval) ends one that cannot
 * write, and as long as it lives writes need it.
 */
export const roomless = (path: string): string | undefined =>
	(free(path)?.bytes ?? FULL.bytes) < FULL.bytes
		? `the file system of brick ${path} is full, and Gluster ends a brick that cannot write: make room, or raise the quota`
		: undefined;

/** Import and mount what a brick was on, where it is ZFS. Gives why it is not there. */
export async function house(volume: string, path: string, deadline: Deadline): Promise<string | undefined> {
	const was = known(volume)[path];
	const lost = homeless(volume, path);
	if (lost === undefined || was?.type !== 'zfs' || suspended(path) !== undefined) {
		return lost;
	}
	const [pool = ''] = was.source.split('/');
	const said: string[] = [];
	for (const argv of [
		['zpool', 'import', '-o', 'cachefile=none', pool],
		['zfs', 'mount', was.source],
	] as const) {
		if (homeless(volume, path) !== undefined && (argv[0] === 'zfs' || poolState(pool) === undefined)) {
			const {exit, stderr} = await run(argv, {timeout: Math.max(1, deadline.left() / 2)});
			said.push(...(exit === 0 ? [] : [stderr.trim().split('\n')[0] ?? '']));
		}
	}
	const why = homeless(volume, path);
	return why && `${why}${said.length > 0 ? `: ${said.join('; ')}` : ''}`;
}
