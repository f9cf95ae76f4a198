import type {Runner} from '../cluster/cib.ts';
import type {Deadline} from '../deadline.ts';
import {asName, read} from '../host.ts';
import {lastWord} from '../lifecycle.ts';
import {ToolError} from '../run.ts';

/** One snapshot of ours. Those of one `set`, a moment, belong together. */
export interface Snapshot {
	zvol: string;
	set: string;
}

/** How zfs is asked: by whom, until when, and where to say what went wrong. */
export interface Zfs {
	run: Runner;
	deadline: Deadline;
	problems: string[];
}

const labelOf = (resource: string, set: string): string => `twinpool-before-resync-${asName(resource)}-${set}`;

/** The snapshots of ours on these zvols, and of which zvols it could be told. One that goes when its last hold does is none any more. */
export async function listed(resource: string, zvols: readonly string[], zfs: Zfs): Promise<{seen: string[]; snapshots: Snapshot[]}> {
	const answers = await byPool(zvols, zfs, async mine => {
		const result = await zfs.run(['zfs', 'list', '-H', '-p', '-t', 'volume,snapshot', '-d', '1', '-o', 'name,defer_destroy', ...mine], {
			// A pool that hangs here leaves time for what is to be done to the others.
			timeout: Math.max(1, zfs.deadline.left() / 2),
		});
		if (result.exit !== 0) {
			zfs.problems.push(lastWord(result));
		}
		const rows = result.stdout.split('\n').map(line => line.split('\t'));
		const snapshots = rows.flatMap(([name = '', deferred]) => {
			const [zvol = '', label = ''] = name.split('@');
			const set = /-(\d{8}T\d{6}Z)$/u.exec(label)?.[1];
			return set && label === labelOf(resource, set) && mine.includes(zvol) && deferred !== 'on' ? [{zvol, set}] : [];
		});
		// What can be opened is listed, also beside what cannot.
		return {seen: mine.filter(zvol => rows.some(([name]) => name === zvol)), snapshots};
	});
	return {seen: answers.flatMap(({seen}) => seen), snapshots: answers.flatMap(({snapshots}) => snapshots)};
}

/** Snapshot these zvols at one instant, which is what one command is within a pool. Gives the zvols that have it. */
export async function taken(resource: string, set: string, zvols: readonly string[], zfs: Zfs): Promise<string[]> {
	const done = await byPool(zvols, zfs, async mine => {
		const result = await zfs.run(['zfs', 'snapshot', ...mine.map(zvol => `${zvol}@${labelOf(resource, set)}`)], {
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
export async function dropped(resource: string, snapshots: readonly Snapshot[], zfs: Zfs): Promise<Snapshot[]> {
	const gone = await byPool([...new Set(snapshots.map(({zvol}) => zvol))], zfs, async mine => {
		const done: string[] = [];
		for (const zvol of mine) {
			const labels = snapshots.filter(one => one.zvol === zvol).map(({set}) => labelOf(resource, set));
			const result = await zfs.run(['zfs', 'destroy', '-d', `${zvol}@${labels.join(',')}`], {timeout: Math.max(1, zfs.deadline.left())});
			if (result.exit === 0) {
				done.push(zvol);
			} else {
				zfs.problems.push(lastWord(result));
			}
		}
		return done;
	});
	return snapshots.filter(({zvol}) => !gone.flat().includes(zvol));
}

/** Each pool by itself, at the same time: one that hangs keeps nobody from the others. A suspended one hangs for sure. */
async function byPool<T>(zvols: readonly string[], zfs: Zfs, work: (mine: string[]) => Promise<T>): Promise<T[]> {
	const pools = new Map<string, string[]>();
	for (const zvol of zvols) {
		const pool = zvol.split('/')[0] ?? '';
		pools.set(pool, [...(pools.get(pool) ?? []), zvol]);
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
