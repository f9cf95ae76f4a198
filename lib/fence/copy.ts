import type {Deadline} from '../deadline.ts';
import {read} from '../host.ts';
import {lastWord} from '../lifecycle.ts';
import {type Argv, run} from '../run.ts';
import {nameOf} from '../vdev/device.ts';
import {labelOf, taken, type Zfs} from '../zfs/snapshots.ts';
import {zvolsBelow} from './volumes.ts';

/** What is below a volume of DRBD and can be snapshotted there: zvols, or one logical volume as VG/LV. A snapshot within the volume goes with it. */
export interface Copy {
	how: 'zvol' | 'lv';
	names: string[];
}

/** What a snapshot can be taken of, where a disk lies on something that has any. */
export function copyable(disk: string): Copy | undefined {
	const zvols = zvolsBelow(disk);
	if (zvols.length > 0) {
		return {how: 'zvol', names: zvols};
	}
	const folder = `/sys/class/block/${nameOf(disk)}/dm`;
	const lv = read(`${folder}/uuid`)?.startsWith('LVM-') ? volumeNamed(read(`${folder}/name`)?.trim() ?? '') : undefined;
	return lv === undefined ? undefined : {how: 'lv', names: [lv]};
}

/** VG/LV by device-mapper's name, VG-LV, in which a hyphen of a name is written twice. */
export function volumeNamed(name: string): string | undefined {
	const [, group, volume] = /^((?:[^-]|--)+)-((?:[^-]|--)+)$/u.exec(name) ?? [];
	return group && volume ? `${group}/${volume}`.replaceAll('--', '-') : undefined;
}

/** What is to be called by hand for a copy of this; an exact size is what `lvs` says. */
export const copyOf = ({how, names}: Copy): string =>
	how === 'zvol'
		? `zfs snapshot ${names.map(name => `${name}@before-split-brain`).join(' ')}`
		: `lvcreate --snapshot --extents 100%ORIGIN --name before-split-brain ${names.join(' ')} (thin: without --extents)`;

/** Snapshots of all of these. Gives what they are called; `why` where one was not taken. */
export async function kept(
	resource: string,
	set: string,
	copies: readonly Copy[],
	deadline: Deadline,
): Promise<{copies: string[]; why?: string}> {
	const kind = `split-brain-drbd-${resource}`;
	const zvols = [...new Set(copies.filter(({how}) => how === 'zvol').flatMap(({names}) => names))];
	const zfs: Zfs = {run, deadline, problems: []};
	const done = await taken(kind, set, zvols, zfs);
	const made = done.map(dataset => `${dataset}@${labelOf(kind, set)}`);
	if (done.length < zvols.length) {
		return {copies: made, why: `no snapshot of ${zvols.filter(name => !done.includes(name)).join(', ')}: ${zfs.problems.join('; ')}`};
	}
	for (const volume of copies.filter(({how}) => how === 'lv').flatMap(({names}) => names)) {
		const name = `${volume.split('/')[1]}-${set}`;
		const why = await snapshotOf(volume, name, deadline);
		if (why !== undefined) {
			return {copies: made, why: `no snapshot of ${volume}: ${why}`};
		}
		made.push(`${volume.split('/')[0]}/${name}`);
	}
	return {copies: made};
}

/** More than the origin: what LVM writes down of each chunk comes on top, and what is too much it leaves out by itself. */
const ROOM = 1.02;
const LEAST = 16 * 2 ** 20;

/** One that can never overflow: it has room for every block of its origin. Gives why there is none. */
async function snapshotOf(volume: string, name: string, deadline: Deadline): Promise<string | undefined> {
	const asked: Argv = ['lvs', '--noheadings', '--nosuffix', '--units', 'b', '--separator', '/', '--options', 'segtype,lv_size', volume];
	const result = await run(asked, {timeout: Math.max(1, deadline.left())});
	const [, segment, size] = /^\s*([\w-]+)\/(\d+)\s*$/mu.exec(result.stdout) ?? [];
	if (result.exit !== 0 || segment === undefined) {
		return lastWord(result);
	}
	const room = segment === 'thin' ? [] : ['--size', `${Math.ceil(Number(size) * ROOM) + LEAST}b`];
	const made = await run(['lvcreate', '--snapshot', ...room, '--name', name, volume], {timeout: Math.max(1, deadline.left())});
	return made.exit === 0 ? undefined : lastWord(made);
}
