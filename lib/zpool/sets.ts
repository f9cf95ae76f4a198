import {stamp} from '../cluster/alarm.ts';
import type {Deadline} from '../deadline.ts';
import {lastWord} from '../lifecycle.ts';
import {run} from '../run.ts';
import {undisturbed} from '../undisturbed.ts';
import {poolState} from '../vdev/pool.ts';
import {inOrder, type Target} from '../zfs/sets.ts';
import {dropped, hindered, listed, restored, taken, type Zfs} from '../zfs/snapshots.ts';
import {holders, named} from './holders.ts';

/** A pool's sets: snapshots of all its datasets at one instant. For pools on DRBD or with an iSCSI leg, on the node that has them. */
export function poolSets(pool: string, deadline: Deadline): Target {
	const zfs: Zfs = {run, deadline, problems: []};
	const kind = `set-pool-${pool}`;
	const insist = (well: boolean, what: string): void => {
		if (!well || zfs.problems.length > 0) {
			throw new Error(`${what}${zfs.problems.length > 0 ? `: ${[...new Set(zfs.problems)].join('; ')}` : ''}`);
		}
	};
	async function all(): Promise<string[]> {
		if (poolState(pool) === undefined) {
			throw new Error(`pool ${pool} is not imported here: run this on the node that has it`);
		}
		const result = await run(['zfs', 'list', '-H', '-r', '-t', 'filesystem,volume', '-o', 'name', pool], {
			timeout: Math.max(1, deadline.left()),
		});
		if (result.exit !== 0) {
			throw new Error(lastWord(result));
		}
		return result.stdout.split('\n').filter(Boolean);
	}
	const standing = async (): ReturnType<typeof listed> => listed(kind, await all(), zfs);
	return {
		kind,
		datasets: async set =>
			set === undefined ? all() : (await standing()).snapshots.filter(one => one.set === set).map(({dataset}) => dataset),
		async take() {
			const [datasets, set] = [await all(), stamp()];
			const made = await taken(kind, set, datasets, zfs);
			insist(made.length === datasets.length, `no snapshot of ${pool}`);
			return set;
		},
		async list() {
			const {snapshots} = await standing();
			insist(true, `the snapshots of ${pool} cannot be listed`);
			const sets = inOrder(snapshots.map(({set}) => set));
			// A dataset may be younger than a set.
			return sets.map(set => ({set, whole: snapshots.some(one => one.set === set && one.dataset === pool)}));
		},
		async drop(sets) {
			const {snapshots} = await standing();
			const unknown = sets.find(set => !snapshots.some(one => one.set === set));
			insist(unknown === undefined, `${pool} has no set ${unknown}`);
			const left = await dropped(
				kind,
				snapshots.filter(({set}) => sets.includes(set)),
				zfs,
			);
			insist(left.length === 0, `${left.length} snapshots are still there`);
		},
		async restore(set, destroyNewer) {
			const {snapshots} = await standing();
			const mine = snapshots.filter(one => one.set === set).map(({dataset}) => dataset);
			insist(mine.includes(pool), `${pool} has no set ${set}`);
			const held = holders(pool);
			insist(held.length === 0, `${pool} is in use: ${named(held)}`);
			const hindrance = await hindered(kind, set, mine, destroyNewer, zfs);
			if (hindrance !== undefined) {
				throw new Error(hindrance);
			}
			const back = await undisturbed(() => restored(kind, set, mine, destroyNewer, zfs));
			insist(back.length === mine.length, `only ${back.join(', ') || 'nothing'} was rolled back; run the same command again`);
		},
	};
}
