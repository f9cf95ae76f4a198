import type {Runner} from '../cluster/cib.ts';
import type {Deadline} from '../deadline.ts';
import {read} from '../host.ts';
import {lastWord} from '../lifecycle.ts';
import {ToolError} from '../run.ts';

/** One snapshot of ours. Those of one `set`, a moment as 20261122T151332Z, belong together. */
export interface Snapshot {
	dataset: string;
	set: string;
}

/** How zfs is asked: by whom, until when, and where to say what went wrong. */
export interface Zfs {
	run: Runner;
	deadline: Deadline;
	problems: string[];
}

/** What a snapshot is called after its dataset's name. */
export const labelOf = (kind: string, set: string): string => `twinpool-${kind}-${set}`;

/** The snapshots of this kind on these datasets, and of which datasets it could be told. One that goes when its last hold does is none any more. */
export async function listed(kind: string, datasets: readonly string[], zfs: Zfs): Promise<{seen: string[]; snapshots: Snapshot[]}> {
	const answers = await byPool(datasets, zfs, async mine => {
		const types = 'filesystem,volume,snapshot';
		const result = await zfs.run(['zfs', 'list', '-H', '-p', '-t', types, '-d', '1', '-o', 'name,defer_destroy', ...mine], {
			// A pool that hangs here leaves time for what is to be done to the others.
			timeout: Math.max(1, zfs.deadline.left() / 2),
		});
		if (result.exit !== 0) {
			zfs.problems.push(lastWord(result));
		}
		const rows = result.stdout.split('\n').map(line => line.split('\t'));
		const snapshots = rows.flatMap(([name = '', deferred]) => {
			const [dataset = '', label = ''] = name.split('@');
			const set = /-(\d{8}T\d{6}Z)$/u.exec(label)?.[1];
			return set && label === labelOf(kind, set) && mine.includes(dataset) && deferred !== 'on' ? [{dataset, set}] : [];
		});
		// What can be opened is listed, also beside what cannot.
		return {seen: mine.filter(dataset => rows.some(([name]) => name === dataset)), snapshots};
	});
	return {seen: answers.flatMap(({seen}) => seen), snapshots: answers.flatMap(({snapshots}) => snapshots)};
}

/** Snapshot these datasets at one instant, which is what one command is within a pool. Gives the datasets that have it. */
export async function taken(kind: string, set: string, datasets: readonly string[], zfs: Zfs): Promise<string[]> {
	const done = await byPool(datasets, zfs, async mine => {
		const result = await zfs.run(['zfs', 'snapshot', ...mine.map(dataset => `${dataset}@${labelOf(kind, set)}`)], {
			timeout: Math.max(1, zfs.deadline.left()),
		});
		if (result.exit !== 0) {
			zfs.problems.push(lastWord(result));
		}
		return result.exit === 0 ? mine : [];
	});
	return done.flat();
}

/** Destroy these snapshots, and nothing else: one that is held goes when its last hold does. Gives those that are left. */
export async function dropped(kind: string, snapshots: readonly Snapshot[], zfs: Zfs): Promise<Snapshot[]> {
	const gone = await byPool([...new Set(snapshots.map(({dataset}) => dataset))], zfs, async mine => {
		const done: string[] = [];
		for (const dataset of mine) {
			const labels = snapshots.filter(one => one.dataset === dataset).map(({set}) => labelOf(kind, set));
			const result = await zfs.run(['zfs', 'destroy', '-d', `${dataset}@${labels.join(',')}`], {timeout: Math.max(1, zfs.deadline.left())});
			if (result.exit === 0) {
				done.push(dataset);
			} else {
				zfs.problems.push(lastWord(result));
			}
		}
		return done;
	});
	return snapshots.filter(({dataset}) => !gone.flat().includes(dataset));
}

/** What was snapshotted after this set, by whomever, as a rollback would destroy it; `bound`: it cannot, for a hold or a clone. */
async function newer(kind: string, set: string, datasets: readonly string[], zfs: Zfs): Promise<{name: string; bound: boolean}[]> {
	const found = await byPool(datasets, zfs, async mine => {
		const columns = ['-t', 'snapshot,bookmark', '-d', '1', '-s', 'createtxg', '-o', 'name,userrefs,clones'];
		const result = await zfs.run(['zfs', 'list', '-H', ...columns, ...mine], {timeout: Math.max(1, zfs.deadline.left())});
		if (result.exit !== 0) {
			zfs.problems.push(lastWord(result));
		}
		const rows = result.stdout.split('\n').map(line => line.split('\t'));
		return mine.flatMap(dataset => {
			const own = rows.filter(([name = '']) => name.split(/[@#]/u)[0] === dataset);
			const at = own.findIndex(([name]) => name === `${dataset}@${labelOf(kind, set)}`);
			return own
				.slice(at + 1)
				.map(([name = '', holds = '', clones = '']) => ({name, bound: !(/^[-0]?$/u.test(holds) && /^-?$/u.test(clones))}));
		});
	});
	return found.flat();
}

/** Why a rollback to this set would destroy what it must not, or cannot; nothing when it may. */
export async function hindered(
	kind: string,
	set: string,
	datasets: readonly string[],
	destroy: boolean,
	zfs: Zfs,
): Promise<string | undefined> {
	const since = await newer(kind, set, datasets, zfs);
	const bound = since.filter(one => one.bound).map(({name}) => name);
	if (zfs.problems.length > 0) {
		return `what a rollback would destroy cannot be listed: ${zfs.problems.join('; ')}`;
	}
	if (bound.length > 0) {
		return `${bound.join(', ')} cannot be destroyed: it is held ("zfs holds"), or has a clone`;
	}
	return since.length > 0 && !destroy ? `a rollback would destroy ${since.map(({name}) => name).join(', ')}: --destroy-newer` : undefined;
}

/** Put these datasets back to what they were; `destroy`: and what was snapshotted since goes. Gives those that are. */
export async function restored(kind: string, set: string, datasets: readonly string[], destroy: boolean, zfs: Zfs): Promise<string[]> {
	const done: string[] = [];
	for (const dataset of datasets) {
		const result = await zfs.run(['zfs', 'rollback', ...(destroy ? ['-r'] : []), `${dataset}@${labelOf(kind, set)}`], {
			timeout: Math.max(1, zfs.deadline.left()),
		});
		if (result.exit === 0) {
			done.push(dataset);
		} else {
			zfs.problems.push(lastWord(result));
		}
	}
	return done;
}

/** Each pool by itself, at the same time: one that hangs keeps nobody from the others. A suspended one hangs for sure. */
async function byPool<T>(datasets: readonly string[], zfs: Zfs, work: (mine: string[]) => Promise<T>): Promise<T[]> {
	const pools = new Map<string, string[]>();
	for (const dataset of datasets) {
		const pool = dataset.split('/')[0] ?? '';
		pools.set(pool, [...(pools.get(pool) ?? []), dataset]);
	}
	const answers = await Promise.all(
		[...pools].map(async ([pool, mine]) => {
			if (read(`/proc/spl/kstat/zfs/${pool}/state`)?.trim() === 'SUSPENDED') {
				zfs.problems.push(`pool ${pool} is suspended`);
				return [];
			}
			try {
				return [await work(mine)];
			} catch (error) {
				if (error instanceof ToolError) {
					zfs.problems.push(error.message);
					return [];
				}
				throw error;
			}
		}),
	);
	return answers.flat();
}
