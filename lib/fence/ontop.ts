import {readFileSync} from 'node:fs';
import type {Deadline} from '../deadline.ts';
import type {Named} from '../guests/place.ts';
import {namesOf, storageOf, topOf} from '../guests/place.ts';
import {at, exists, link, list} from '../host.ts';
import {run, ToolError} from '../run.ts';
import {nvlist} from '../vdev/nvlist.ts';
import {remembered} from '../zpool/find.ts';

const KSTAT = '/proc/spl/kstat/zfs';
const MEMORY = '/var/lib/twinpool';
const LEAST = 5000;

/** What lies on a DRBD resource, and the pools of which nobody knows on what they lie. */
export interface OnTop {
	named: Named;
	doubtful: string[];
}

/**
 * The resource's devices, and the pools on them. Neither a device nor a pool is read: their I/O may be frozen, and whoever
 * touches them hangs. Where a pool lies is what its last import noted, or its cache file.
 */
export async function onTop(resource: string, minors: readonly number[], deadline: Deadline): Promise<OnTop> {
	const devices = minors.length > 0 ? minors.map(minor => `/dev/drbd${minor}`) : await devicesOf(resource, deadline);
	const storage = storageOf({devices});
	const names = namesOf(storage);
	const imported = list(KSTAT).filter(pool => exists(`${KSTAT}/${pool}/state`));
	const noted = list(MEMORY).flatMap(file => /^pool-(.+)\.json$/u.exec(file)?.[1] ?? []);
	const pools: string[] = [];
	const doubtful: string[] = [];
	for (const pool of new Set([...imported, ...noted])) {
		const on = vdevs(pool);
		if (on.length === 0) {
			doubtful.push(pool);
		} else if (on.some(path => names(path).some(name => storage.paths.includes(name)))) {
			pools.push(pool);
		}
	}
	// Where a pool is not imported here it is another host's, and most likely mounted under its name.
	const points = pools.filter(pool => topOf(pool) === undefined).map(pool => `/${pool}`);
	return {named: {devices: [...devices, `/dev/drbd/by-res/${resource}`], pools, points}, doubtful};
}

/** By udev's links, else by drbdadm, which reads its configuration for this and asks no kernel. */
async function devicesOf(resource: string, deadline: Deadline): Promise<string[]> {
	const folder = `/dev/drbd/by-res/${resource}`;
	const links = link(folder) === undefined ? list(folder).map(volume => `${folder}/${volume}`) : [folder];
	if (links.length > 0) {
		return links;
	}
	try {
		const {exit, stdout} = await run(['drbdadm', 'sh-dev', resource], {timeout: Math.max(1, Math.min(LEAST, deadline.left()))});
		return exit === 0 ? stdout.split('\n').filter(line => line.startsWith('/dev/')) : [];
	} catch (error) {
		if (error instanceof ToolError) {
			return [];
		}
		throw error;
	}
}

/** The devices of a pool, as far as somebody wrote them down. */
function vdevs(pool: string): string[] {
	const noted = remembered(pool);
	return noted.length > 0 ? noted : [...paths(cached()[pool])];
}

function cached(): Record<string, unknown> {
	try {
		return nvlist(readFileSync(at('/etc/zfs/zpool.cache'))) as Record<string, unknown>;
	} catch {
		return {};
	}
}

function* paths(config: unknown): Generator<string> {
	for (const [key, value] of Object.entries((typeof config === 'object' && config) || {})) {
		if (key === 'path' && typeof value === 'string') {
			yield value;
		} else {
			yield* paths(value);
		}
	}
}
