import * as z from 'zod/mini';
import type {Deadline} from '../deadline.ts';
import {keep, read} from '../host.ts';
import {aliasOf} from '../vdev/alias.ts';
import {candidates, claim, expanded, kindOf, type Look, lasting, lookAt, nameOf} from '../vdev/device.ts';
import type {Label, Leaf} from '../vdev/label.ts';

/** The pool's devices on this host, and what their labels say together. */
export interface Found {
	devices: (Look & {label: Label})[];
	/** The newest label: right about the last owner. */
	newest: Label;
	/** Disks of the pool that are not among them, and whether the pool can do without. */
	missing: Leaf[];
	incomplete: boolean;
}

export type Finding = {found: Found} | {why: string};

/**
 * Which of these devices are the pool's. `named`: the administrator gave them, so a first import over a new layer is meant.
 * Pure: the looks say everything.
 */
export function select(pool: string, looks: readonly Look[], named: boolean): Finding {
	const carry = looks.filter((look): look is Look & {label: Label} => look.label?.pool === pool);
	const alive = carry.filter(({label}) => label.state === 'active' || label.state === 'exported');
	const right = alive.filter(({label, kind}) => belongs(kindOf(label.path), kind, named));
	const [newest] = right.map(({label}) => label).sort((a, b) => b.activity.txg - a.activity.txg || b.txg - a.txg);
	if (!newest) {
		return {why: nothing(pool, looks, carry, alive)};
	}
	const pools = new Set(right.map(({label}) => label.poolGuid));
	if (pools.size > 1) {
		return {
			why: `${pools.size} different pools are called ${pool} (guids ${[...pools].join(', ')}): name the right one's disks in "devices"`,
		};
	}
	const devices: Found['devices'] = [];
	for (const same of grouped(right)) {
		const one = same.length === 1 ? same[0] : same.find(({label, name}) => nameOf(label.path) === name);
		if (!one) {
			return {why: `the same disk of ${pool} shows on ${same.map(({path}) => path).join(' and ')}: name the right one in "devices"`};
		}
		devices.push(one);
	}
	const here = new Set(devices.map(({label}) => label.guid));
	const tops = new Set(devices.map(({label}) => label.topGuid));
	const leaves = new Map(devices.flatMap(({label}) => label.leaves).map(leaf => [leaf.guid, leaf]));
	const missing = [...leaves.values()].filter(({guid}) => !here.has(guid));
	return {found: {devices, newest, missing, incomplete: tops.size < newest.tops}};
}

function grouped(looks: Found['devices']): Found['devices'][] {
	const groups = new Map<string, Found['devices']>();
	for (const look of looks) {
		groups.set(look.label.guid, [...(groups.get(look.label.guid) ?? []), look]);
	}
	return [...groups.values()];
}

/**
 * DRBD's backing disk carries the very label that the DRBD device shows: an import from it would bypass the replication.
 * The other way round, a label that never was on DRBD or a zvol and now shows on one is somebody's guest.
 */
const belongs = (last: Look['kind'], now: Look['kind'], named: boolean): boolean => last === now || (last === 'disk' && named);

/** Why no device is the pool's, by the nearest miss. */
function nothing(pool: string, looks: readonly Look[], carry: Found['devices'], alive: Found['devices']): string {
	const [below] = alive;
	if (below) {
		return kindOf(below.label.path) === 'disk'
			? `${below.path} carries ${pool}, last used as ${below.label.path}: if that is meant, name it in "devices"`
			: `${below.path} carries ${pool}, but below ${below.label.path}: bring that device up and writable here`;
	}
	const [gone] = carry;
	if (gone) {
		return `${pool} on ${gone.path} is ${gone.label.state}: "zpool import -D" shows it`;
	}
	const refused = looks.filter(({why}) => why !== undefined && why !== 'is not there');
	const told = refused
		.slice(0, 3)
		.map(({path, why}) => `${path} ${why}`)
		.join(', ');
	return `no device here carries pool ${pool}${told ? ` (${told}${refused.length > 3 ? ', ...' : ''})` : ''}`;
}

const MEMORY = z.object({devices: z.array(z.string())});
const memory = (pool: string): string => `/var/lib/twinpool/pool-${pool}.json`;

/** Where the pool was when it was imported here last: a hint, its labels are read again. On the root disk, never on the pool. */
export function remembered(pool: string): string[] {
	try {
		return MEMORY.parse(JSON.parse(read(memory(pool)) ?? '')).devices;
	} catch {
		return [];
	}
}

/** Where it was, for the next start. A read-only root disk costs a scan, not the start. */
export function remember(pool: string, devices: readonly string[]): void {
	if (remembered(pool).join(' ') !== devices.join(' ')) {
		keep(memory(pool), `${JSON.stringify({devices})}\n`);
	}
}

/** Find the pool: where it is said to be, where it was, and last wherever a disk is. Only what carries it is claimed, for a moment. */
export async function find(pool: string, named: readonly string[], deadline: Deadline, exclusive = true): Promise<Finding> {
	const look = async (paths: readonly string[], meant: boolean): Promise<Finding> => {
		const looks = paths.map(async path => {
			const seen = await lookAt(path, deadline);
			const mine = seen.label?.pool === pool && belongs(kindOf(seen.label.path), seen.kind, meant);
			return mine && exclusive ? claim(seen, deadline) : seen;
		});
		return select(pool, await Promise.all(looks), meant);
	};
	if (named.length > 0) {
		return look(expanded(named), true);
	}
	const hint = remembered(pool);
	if (hint.length > 0) {
		const there = await look(hint, false);
		if ('found' in there && !there.found.incomplete && there.found.missing.length === 0) {
			return there;
		}
	}
	return look(candidates(), false);
}

/**
 * The name by which zpool should open it, and the one that the pool keeps: the one that is good on every host; its own, where that still
 * leads to the same device; else what was asked for, or, for a kernel's name, which the next boot or login may give to another disk,
 * one that stays.
 */
export function openAs({path, name, label}: Found['devices'][number]): string {
	const alias = aliasOf(label.pool, label.guid);
	if (alias !== undefined && nameOf(alias) === name) {
		return alias;
	}
	if (label.path !== '' && nameOf(label.path) === name) {
		return label.path;
	}
	return path === `/dev/${name}` ? (lasting(name) ?? path) : path;
}
