import {rmSync} from 'node:fs';
import {stamp} from '../cluster/alarm.ts';
import {asName, at, keep, read} from '../host.ts';
import {dropped, listed, type Snapshot, taken, type Zfs} from '../zfs/snapshots.ts';
import {lock} from './lock.ts';
import type {Asking} from './scene.ts';
import type {Outcome} from './trace.ts';
import {type Backed, backed, now} from './volumes.ts';

/** What is known before a resync: which volumes lie on zvols, whose data is whole, and which snapshots of ours stand. */
export interface Before {
	volumes: readonly Backed[];
	/** The minors whose disk is Inconsistent: in the middle of a resync. Nothing when DRBD does not say. */
	torn: readonly number[] | undefined;
	snapshots: readonly Snapshot[];
	/** Sets whose resync came to its end, though they could not be dropped. */
	ended: readonly string[];
}

/** The set that holds the data from before this resync, if one stands, and the zvols that have yet to get into it. */
export interface Wanted {
	set: string | undefined;
	zvols: string[];
}

/**
 * A set that stands is kept, and never replaced: it was made before the unfinished resync, and what is on the disks since may be
 * half of the one side and half of the other. A volume that is Inconsistent is just that, so it has nothing worth a snapshot.
 */
export function wanted({volumes, torn, snapshots, ended}: Before): Wanted {
	const sets = setsOf(snapshots);
	const set = sets.find(one => !ended.includes(one)) ?? (torn?.length === 0 ? undefined : sets[0]);
	const whole = volumes.filter(({minor}) => (torn ? !torn.includes(minor) : set === undefined)).flatMap(({zvols}) => zvols);
	const have = new Set(snapshots.filter(one => one.set === set).map(({dataset}) => dataset));
	return {set, zvols: [...new Set(whole)].filter(zvol => !have.has(zvol))};
}

const kindOf = (resource: string): string => `before-resync-${asName(resource)}`;

/** The sets, oldest first. */
const setsOf = (snapshots: readonly Snapshot[]): string[] => [...new Set(snapshots.map(({set}) => set))].sort();

/** Snapshot every zvol under the resource at one instant, before its data is overwritten piece by piece. */
export async function beforeResync(asking: Asking): Promise<Outcome> {
	const failed = asking.options.disconnectOnError ? 1 : 0;
	const volumes = await backed(asking);
	if (volumes.length === 0) {
		return {code: 0, why: 'no volume of the resource lies on a zvol: there is nothing to snapshot'};
	}
	const release = await exclusively(asking);
	if (!release) {
		return {code: failed, why: 'no snapshot: another handler is busy with those of this resource'};
	}
	try {
		const zfs = zfsOf(asking);
		const {code, why} = await save(volumes, zfs, asking);
		const trouble = zfs.problems.length > 0 ? ` (${[...new Set(zfs.problems)].join('; ')})` : '';
		return {code: code === 0 ? 0 : failed, why: `${why}${trouble}`};
	} finally {
		release();
	}
}

async function save(volumes: readonly Backed[], zfs: Zfs, asking: Asking): Promise<Outcome> {
	const {told, options, trace} = asking;
	const all = volumes.flatMap(({zvols}) => zvols);
	const [seen, drbd] = await Promise.all([
		listed(kindOf(told.resource), all, zfs),
		now(
			asking,
			volumes.map(({minor}) => minor),
		),
	]);
	const torn = drbd?.volumes.filter(({disk}) => disk === 'Inconsistent').map(({minor}) => minor);
	const {set, zvols: lacking} = wanted({volumes, torn, snapshots: seen.snapshots, ended: resynced(told.resource)});
	const able = lacking.filter(zvol => seen.seen.includes(zvol));
	Object.assign(trace.facts, {zvols: all, torn: torn ?? null, standing: seen.snapshots, set: set ?? null});
	if (lacking.length === 0) {
		return {code: 0, why: set ? `the snapshots of ${set} stand, from before this resync: kept` : 'no volume has whole data to snapshot'};
	}
	if (set === undefined && !(await room(seen.snapshots, zfs, asking))) {
		return {code: 1, why: `no snapshot: there are ${options.keep} sets of earlier resyncs already (--keep)`};
	}
	const name = set ?? stamp();
	if (options.dryRun) {
		return {code: 0, why: `would snapshot ${able.join(', ')} as of ${name}`};
	}
	const done = able.length > 0 ? await taken(kindOf(told.resource), name, able, zfs) : [];
	Object.assign(trace.facts, {set: name, taken: done});
	return done.length === lacking.length
		? {code: 0, why: `${done.length} zvols were snapshotted as of ${name}`}
		: {code: 1, why: `${done.length} of ${lacking.length} zvols were snapshotted as of ${name}`};
}

/** Whether another set may be made; the oldest of those whose resync has ended goes for it. */
async function room(snapshots: readonly Snapshot[], zfs: Zfs, {told, options}: Asking): Promise<boolean> {
	const sets = setsOf(snapshots);
	if (sets.length < options.keep) {
		return true;
	}
	const old = sets.slice(0, sets.length - options.keep + 1);
	return (
		!options.dryRun &&
		(
			await dropped(
				kindOf(told.resource),
				snapshots.filter(({set}) => old.includes(set)),
				zfs,
			)
		).length === 0
	);
}

/** Drop the snapshots, if every volume is UpToDate on both sides. Gives what came of it; nothing where there are none. */
export async function afterResync(asking: Asking): Promise<string | undefined> {
	const volumes = await backed(asking);
	const release = volumes.length > 0 ? await exclusively(asking) : undefined;
	if (!release) {
		return volumes.length > 0 ? 'the snapshots stay: another handler is busy with them' : undefined;
	}
	const {told, options} = asking;
	try {
		const zfs = zfsOf(asking);
		const {snapshots, seen} = await listed(
			kindOf(told.resource),
			volumes.flatMap(({zvols}) => zvols),
			zfs,
		);
		const trouble = (): string => (zfs.problems.length > 0 ? ` (${[...new Set(zfs.problems)].join('; ')})` : '');
		if (snapshots.length === 0) {
			return seen.length > 0 && zfs.problems.length === 0 ? undefined : `snapshots that may stand stay${trouble()}`;
		}
		if (!(await allUpToDate(asking, volumes))) {
			return 'the snapshots stay: not every volume is UpToDate on both sides';
		}
		if (options.dryRun) {
			return `would drop ${snapshots.length} snapshots`;
		}
		const left = await dropped(kindOf(told.resource), snapshots, zfs);
		remember(told.resource, [...new Set(left.map(({set}) => set))]);
		return `${snapshots.length - left.length} of ${snapshots.length} snapshots were dropped${trouble()}`;
	} finally {
		release();
	}
}

/** Every volume, also those that lie on no zvol: DRBD tells of the whole resource on 9, on 8.4 of the minors that it is asked for. */
async function allUpToDate(asking: Asking, volumes: readonly Backed[]): Promise<boolean> {
	const seen = await now(
		asking,
		volumes.map(({minor}) => minor),
	);
	return (
		seen?.connection === 'Connected' &&
		seen.volumes.length > 0 &&
		seen.volumes.every(({disk, peerDisk}) => disk === 'UpToDate' && peerDisk === 'UpToDate')
	);
}

const zfsOf = ({trace, deadline}: Asking): Zfs => ({run: trace.run, deadline, problems: []});

/** Its own lock: whoever waits for the cluster holds the constraint's for minutes. */
const exclusively = ({told, options, deadline}: Asking): Promise<(() => void) | undefined> =>
	lock(`resync ${told.resource}`, Math.min(options.lockTimeout * 1000, deadline.left() / 2));

const fileOf = (resource: string): string => `/run/twinpool/resynced-${asName(resource)}`;
const resynced = (resource: string): string[] => (read(fileOf(resource)) ?? '').split('\n').filter(Boolean);

/** Where it cannot be kept, the next resync takes them for its own, and the one after that drops them. */
function remember(resource: string, sets: readonly string[]): void {
	if (sets.length === 0) {
		rmSync(at(fileOf(resource)), {force: true});
	} else {
		keep(fileOf(resource), `${sets.join('\n')}\n`);
	}
}
