import {basename} from 'node:path';
import {facts, NotEvents2} from '../drbd/events2.ts';
import {majorVersion, procFacts} from '../drbd/proc.ts';
import type {Facts} from '../drbd/states.ts';
import {link, list, read} from '../host.ts';
import {ToolError} from '../run.ts';
import {nameOf} from '../vdev/device.ts';
import {layers} from '../zpool/layers.ts';
import type {Asking} from './scene.ts';

/** A volume of the resource on this node, and the zvols that its disk lies on, if any. */
export interface Backed {
	minor: number;
	zvols: string[];
}

const PATIENCE = 5000;
/** As deep as anybody nests datasets. */
const DEEPEST = 16;

/** The volumes of the resource; none when no one of them lies on a zvol. Where the host has no zvol at all nothing is asked. */
export async function backed(asking: Asking): Promise<Backed[]> {
	if (!list('/sys/block').some(name => /^zd\d/u.test(name))) {
		return [];
	}
	const known = links();
	const volumes = (await disks(asking)).map(({minor, disk}) => ({minor, zvols: zvolsUnder(disk, known)}));
	return volumes.some(({zvols}) => zvols.length > 0) ? volumes : [];
}

/** On 9 the environment has every volume; on 8.4 only the one that the event is about, and drbdadm reads the rest from its files. */
async function disks({told, deadline, trace}: Asking): Promise<{minor: number; disk: string}[]> {
	const given = told.minors.flatMap((minor, index) => {
		const disk = told.disks[index];
		return disk?.startsWith('/') && told.disks.length === told.minors.length ? [{minor, disk}] : [];
	});
	if (told.myId !== undefined && given.length > 0) {
		return given;
	}
	const conf = told.conf ? ['-c', told.conf] : [];
	try {
		const {exit, stdout} = await trace.run(['drbdadm', ...conf, 'dump', told.resource], {
			timeout: Math.max(1, Math.min(PATIENCE, deadline.left())),
		});
		const configured = exit === 0 ? dumped(stdout) : [];
		return configured.length > 0 ? configured : given;
	} catch (error) {
		if (error instanceof ToolError) {
			trace.notes.push(`only the volume of this event is known: ${error.message}`);
			return given;
		}
		throw error;
	}
}

/** The minors and disks of this host in what `drbdadm dump` prints: those outside of any host's section, and those in its own. */
export function dumped(text: string): {minor: number; disk: string}[] {
	const me = /^# resource .+ on (\S+): /mu.exec(text)?.[1];
	const found: {minor: number; disk: string}[] = [];
	let depth = 0;
	let foreign = Number.POSITIVE_INFINITY;
	let minor: number | undefined;
	for (const line of text.split('\n')) {
		const host = /^\s*on (.+) \{$/u.exec(line)?.[1];
		if (host && !host.split(/\s+/u).includes(me ?? '')) {
			foreign = depth;
		}
		depth += line.endsWith('{') ? 1 : 0;
		depth -= line.trim() === '}' ? 1 : 0;
		foreign = depth <= foreign ? Number.POSITIVE_INFINITY : foreign;
		if (host && foreign !== Number.POSITIVE_INFINITY) {
			continue;
		}
		minor = numberOf(/^\s*device\s.*\bminor (\d+);$/u.exec(line)?.[1]) ?? minor;
		const disk = /^\s*disk\s+"?(\/[^";]+)"?;$/u.exec(line)?.[1];
		if (disk && minor !== undefined && foreign === Number.POSITIVE_INFINITY) {
			found.push({minor, disk});
		}
	}
	return found;
}

const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

/** Which zvol a kernel's name is, by udev's links. A blank in a dataset's name is a plus there. */
function links(): Map<string, string> {
	const found = new Map<string, string>();
	const folders = ['/dev/zvol'];
	for (const folder of folders) {
		for (const name of folder.split('/').length < DEEPEST ? list(folder) : []) {
			const to = link(`${folder}/${name}`);
			if (to === undefined) {
				folders.push(`${folder}/${name}`);
			} else if (!name.includes('@')) {
				found.set(basename(to), `${folder}/${name}`.slice('/dev/zvol/'.length).replaceAll('+', ' '));
			}
		}
	}
	return found;
}

/** The zvols that a disk lies on, if any. */
export const zvolsBelow = (disk: string): string[] => zvolsUnder(disk, links());

/** Also below dm and partitions. A link that udev has not made yet still says the name. */
function zvolsUnder(disk: string, known: ReadonlyMap<string, string>): string[] {
	const below = [nameOf(disk), ...layers(disk)].flatMap(name => {
		const zvol = /^(zd\d+)(p\d+)?$/u.exec(name)?.[1];
		return zvol === undefined ? [] : [known.get(zvol)].filter(one => one !== undefined);
	});
	const named = /^\/dev\/zvol\/([^@]+)$/u.exec(disk)?.[1]?.replaceAll('+', ' ');
	return [...new Set(below.length > 0 || named === undefined ? below : [named])];
}

/** What DRBD says of these volumes now: on 8.4 from /proc/drbd alone, whose lock nobody holds. */
export async function now({told, deadline, trace}: Asking, minors: readonly number[]): Promise<Facts | undefined> {
	const text = read('/proc/drbd');
	if ((majorVersion(text) ?? (told.myId === undefined ? 8 : 9)) < 9) {
		return procFacts(text ?? '', told.resource, minors);
	}
	try {
		const {stdout} = await trace.run(['drbdsetup', 'events2', '--now', '--statistics', told.resource], {
			timeout: Math.max(1, Math.min(PATIENCE, deadline.left())),
		});
		return facts(stdout, told.resource);
	} catch (error) {
		if (error instanceof ToolError || error instanceof NotEvents2) {
			return undefined;
		}
		throw error;
	}
}
