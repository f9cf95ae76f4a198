import {OCF, OcfError} from '../ocf/codes.ts';
import type {Env} from '../ocf/params.ts';
import type {Note} from './note.ts';
import {mounted, pointsOf, storageOf, topOf} from './place.ts';
import type {Storage} from './storage.ts';

/** What the actions ask of an agent's parameters. */
export interface GuestsParams {
	pool: string;
	mountpoint: string;
	definitions: string;
	uri: string;
	peer_uri: string;
	stop_timeout: number;
	parallel: number;
}

/** The cluster manager's name for this resource. */
export const instanceOf = (env: Env): string => env['OCF_RESOURCE_INSTANCE'] || 'guests';

/** @throws {OcfError} 6: it takes one of the two */
export function checked(params: GuestsParams): void {
	if (params.pool === '' && params.mountpoint === '') {
		throw new OcfError(OCF.ERR_CONFIGURED, 'parameter pool or mountpoint is required and neither was given: where do the guests live?');
	}
}

/** The storage by every name that it has here, or had when it was last seen. */
export function storageFor({pool, mountpoint}: GuestsParams, note: Note | undefined): Storage {
	return storageOf({
		pools: pool ? [pool] : [],
		mountpoints: mountpoint ? [mountpoint] : [],
		points: [...(note?.points ?? []), ...(pool && topOf(pool) === undefined ? [`/${pool}`] : [])],
	});
}

/** Where the storage is mounted now. */
export const pointsNow = ({pool, mountpoint}: GuestsParams): string[] => [
	...(pool ? pointsOf(pool) : []),
	...(mountpoint && mounted(mountpoint) ? [mountpoint] : []),
];

/** The folder with the definitions, on the storage itself; nothing when the storage is not there. */
export function folderOf(params: GuestsParams): string | undefined {
	const {pool, mountpoint, definitions} = params;
	if (pointsNow(params).length === 0 || (mountpoint && !mounted(mountpoint))) {
		return undefined;
	}
	const top = mountpoint || topOf(pool);
	return definitions || (top && `${top.replace(/\/$/u, '')}/.twinpool/guests`);
}

/** Why there is no such folder, with the remedy. */
export function withoutFolder(params: GuestsParams): OcfError {
	const {pool, mountpoint} = params;
	const what = mountpoint || `pool ${pool}`;
	return new OcfError(
		OCF.ERR_GENERIC,
		pointsNow(params).length === 0 || mountpoint
			? `${what} is not mounted here: order this resource after the one that mounts it`
			: `the top dataset of pool ${pool} is not mounted: say where the definitions are with mountpoint or definitions`,
	);
}
