import {constants, realpathSync} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import {basename} from 'node:path';
import type {Deadline} from '../deadline.ts';
import {at, link, list, read} from '../host.ts';
import {LABEL, type Label, label} from './label.ts';
import {patiently} from './patience.ts';

/** Layers whose lower disk shows the same label at the same place: a pool seen on one must not be imported below it. */
export type Kind = 'drbd' | 'zvol' | 'disk';

/** One look at one device: its label, or why this host may not use it. */
export interface Look {
	/** As it was asked for. */
	path: string;
	/** The kernel's name for it. */
	name: string;
	kind: Kind;
	label?: Label;
	/** Why this host may not use it now. */
	why?: string;
}

export function kindOf(path: string): Kind {
	if (path.startsWith('/dev/drbd')) {
		return 'drbd';
	}
	return /^\/dev\/(zd\d|zvol\/)/u.test(path) ? 'zvol' : 'disk';
}

const PAGE = 4096;
const {O_RDONLY, O_EXCL, O_DIRECT, O_NONBLOCK} = constants;

/** The kernel's name for a device node or a link to one. */
export function nameOf(path: string): string {
	try {
		return basename(realpathSync(at(path)));
	} catch {
		return basename(path);
	}
}

const BY_ID = '/dev/disk/by-id';
/** udev's name for a disk by what it is, not by when it was found; nothing where it has none. The world wide one is the same everywhere. */
export function lasting(name: string): string | undefined {
	const [found] = list(BY_ID)
		.filter(entry => basename(link(`${BY_ID}/${entry}`) ?? '') === name)
		.sort((one, other) => Number(other.startsWith('wwn-')) - Number(one.startsWith('wwn-')) || one.localeCompare(other));
	return found === undefined ? undefined : `${BY_ID}/${found}`;
}

/**
 * Read a device's label, without a claim: even a short one on somebody else's disk can fail his attach or mount.
 * Never opened for writing: that would promote a DRBD device by itself, and wake up udev.
 */
export function lookAt(path: string, deadline: Deadline): Promise<Look> {
	const name = nameOf(path);
	const found = {path, name, kind: kindOf(`/dev/${name}`)};
	const state = read(`/sys/class/block/${name}/device/state`)?.trim();
	// A read from a SCSI disk that is blocked would hang us with it. NVMe says "live".
	if (state !== undefined && state !== 'running' && state !== 'live') {
		return Promise.resolve({...found, why: `is ${state}`});
	}
	return patiently(labelled(found), why => without(found, why), deadline);
}

/** May we alone write to it? It must not be read-only, and nobody else may claim it: mounts, pools, dm, md, and DRBD for its disks. */
export function claim(found: Look, deadline: Deadline): Promise<Look> {
	if (found.why !== undefined) {
		return Promise.resolve(found);
	}
	if (read(`/sys/class/block/${found.name}/ro`)?.trim() === '1') {
		return Promise.resolve(without(found, 'is read-only'));
	}
	return patiently(claimed(found), why => without(found, why), deadline);
}

const without = ({path, name, kind}: Look, why: string): Look => ({path, name, kind, why});

async function claimed(found: Look): Promise<Look> {
	try {
		await (await open(at(found.path), O_RDONLY | O_NONBLOCK | O_EXCL)).close();
		return found;
	} catch (error) {
		return without(found, reason(error));
	}
}

async function labelled(found: Look): Promise<Look> {
	let file: FileHandle | undefined;
	try {
		file = await openDirect(at(found.path), O_RDONLY | O_NONBLOCK);
		// The second copy stands in where the first one is torn.
		const seen = (await label(await block(file, 0), 0)) ?? (await label(await block(file, LABEL), LABEL));
		return seen ? {...found, label: seen} : found;
	} catch (error) {
		return without(found, reason(error));
	} finally {
		await file?.close();
	}
}

/** Past the page cache where the file system can: ZFS writes below it, so a cached label may be the one of last week. */
async function openDirect(path: string, flags: number): Promise<FileHandle> {
	try {
		return await open(path, flags | O_DIRECT);
	} catch (error) {
		if (codeOf(error) === 'EINVAL') {
			return open(path, flags);
		}
		throw error;
	}
}

/** A direct read wants an aligned address, and node does not tell any: one of these begins at a page's eighth. */
async function block(file: FileHandle, position: number): Promise<Buffer> {
	const room = Buffer.allocUnsafeSlow(LABEL + PAGE);
	for (let from = PAGE - 16; from >= PAGE - 512; from -= 16) {
		try {
			const {bytesRead} = await file.read(room, from, LABEL, position);
			return room.subarray(from, from + bytesRead);
		} catch (error) {
			if (codeOf(error) !== 'EINVAL') {
				throw error;
			}
		}
	}
	throw new Error('cannot be read directly');
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? error);
export const BUSY = 'is in use here';
const REASONS: Record<string, string> = {
	EBUSY: BUSY,
	ENOENT: 'is not there',
	ENXIO: 'has no medium',
	EACCES: 'may not be opened here',
	EROFS: 'is read-only',
	ENODATA: 'has no good data',
	// A SCSI target's answer to a unit that it no longer has.
	EREMOTEIO: 'is refused by its target: the unit behind it has gone',
};

function reason(error: unknown): string {
	const code = codeOf(error);
	// 124, EMEDIUMTYPE: what DRBD answers on a Secondary.
	return REASONS[code] ?? (/124|EMEDIUMTYPE/u.test(code) ? 'is not writable on this node now' : `cannot be read (${code})`);
}

/** The smallest device that ZFS takes is 64 MiB; memory, floppies and CD drives never hold a pool that moves. */
const SMALLEST = 64 * 1024;
const NEVER = /^(ram|zram|fd|sr|loop)\d/u;

/** Every block device that could be a part of a pool, by the kernel's own list; not those that something else stands on. */
export function candidates(): string[] {
	const rows = (read('/proc/partitions') ?? '').split('\n').map(line => line.trim().split(/\s+/u));
	return rows.flatMap(([, , blocks, name]) =>
		name && Number(blocks) >= SMALLEST && !NEVER.test(name) && !divided(name) && list(`/sys/class/block/${name}/holders`).length === 0
			? [`/dev/${name.replaceAll('!', '/')}`]
			: [],
	);
}

/** A disk with partitions may still carry an old label of its own. */
const divided = (name: string): boolean => list(`/sys/class/block/${name}`).some(entry => entry.startsWith(name));

/** Devices as `-d` names them: a device, or every entry of a folder. */
export function expanded(paths: readonly string[]): string[] {
	return paths.flatMap(path => {
		const inside = list(path);
		return inside.length > 0 ? inside.map(entry => `${path.replace(/\/$/u, '')}/${entry}`) : [path];
	});
}
