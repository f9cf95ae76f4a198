import {stamp} from '../cluster/alarm.ts';
import type {Deadline} from '../deadline.ts';
import {undisturbed} from '../undisturbed.ts';
import {inOrder, type Target} from '../zfs/sets.ts';
import {gluster} from './cli.ts';
import {datasetOf} from './dataset.ts';
import {unhealed} from './heal.ts';
import {sides} from './kept.ts';
import type {Answer, Ask, Request} from './side.ts';
import type {Volume} from './store.ts';
import {setOption} from './verbs.ts';
import {done} from './xml.ts';

const BARRIER = 'features.barrier';
/** How long the hosts have for one request, in milliseconds: writes may be held meanwhile. Gluster lets them go by itself after two minutes. */
const EACH = 20_000;

/** The volume's sets: snapshots of the same name below all of its bricks. */
export const volumeSets = (volume: Volume, kind: Request['kind'], ask: Ask, deadline: Deadline): Target => {
	const all = (verb: Request['ask'], sets: readonly string[] = [], newer = false): Promise<Answer[]> =>
		everyone(volume, {ask: verb, volume: volume.name, kind, sets: [...sets], files: [], newer}, ask, deadline.within(EACH));
	return {
		async take() {
			const why = kind === 'set' && volume.replica > 1 ? await unhealed(volume.name, deadline) : undefined;
			if (why !== undefined) {
				throw new Error(`a set has to be whole: ${why}`);
			}
			const set = stamp();
			const work = (): Promise<Answer[]> => all('take', [set]);
			await undisturbed(async () => {
				const [said, broken] = kind === 'set' ? await held(volume, deadline, work) : [await work(), undefined];
				const failed = trouble(said) ?? broken;
				if (failed !== undefined) {
					await all('drop', [set]);
					throw new Error(failed);
				}
			});
			return set;
		},
		async list() {
			const said = insist(await all('sets'));
			const sets = inOrder(said.flatMap(one => one.sets));
			return sets.map(set => ({set, whole: said.every(one => one.sets.includes(set))}));
		},
		async drop(sets) {
			insist(await all('drop', sets));
		},
		async restore(set, destroyNewer) {
			insist(await all('check', [set], destroyNewer));
			const why = trouble(await all('restore', [set], destroyNewer));
			if (why !== undefined) {
				throw new Error(`${why}: the copies of ${volume.name} differ now. Do not start it; run the same command again`);
			}
		},
		datasets: () =>
			Promise.resolve([
				...new Set(
					sides(volume)
						.here.map(({path}) => datasetOf(volume.name, path))
						.filter(dataset => dataset !== undefined),
				),
			]),
	};
};

/** Every host that has bricks of the volume, this one first, at the same time. One that does not answer is an answer. */
export function everyone(volume: Volume, request: Request, ask: Ask, deadline: Deadline): Promise<Answer[]> {
	const hosts = new Map(sides(volume).there.map(({uuid, host}) => [uuid || host, host]));
	return Promise.all(
		[undefined, ...hosts.values()].map(host =>
			ask(host, request, deadline).catch((error: unknown): Answer => {
				const why = error instanceof Error ? error.message : String(error);
				return {host: host ?? 'this host', why, sets: [], copies: []};
			}),
		),
	);
}

const trouble = (said: readonly Answer[]): string | undefined => {
	const whys = said.flatMap(({host, why}) => (why === undefined ? [] : [`${host}: ${why}`]));
	return whys.length > 0 ? whys.join('; ') : undefined;
};

/** @throws {Error} somebody could not do it */
export function insist(said: Answer[]): Answer[] {
	const why = trouble(said);
	if (why !== undefined) {
		throw new Error(why);
	}
	return said;
}

/**
 * With the acknowledgement of everything that has to be on disk held back (fsync, O_SYNC, rename, unlink): what a program was told is
 * below all bricks, and what it has not been told nobody relies on. Gives why it was not held all the time.
 * @throws {GlusterError} nothing was done
 */
async function held<T>(volume: Volume, deadline: Deadline, work: () => Promise<T>): Promise<[T, string | undefined]> {
	if (volume.options.get(BARRIER) === 'enable') {
		// Whoever held them last was ended.
		await release(volume, deadline);
	}
	await done(await gluster(['volume', 'barrier', volume.name, 'enable'], deadline));
	let broken: string | undefined;
	const said = await work().finally(async () => {
		broken = await release(volume, deadline);
	});
	return [said, broken];
}

/** A barrier that has gone by itself is no more to be taken away, but is in the volume's file still. Gives why it had gone. */
const release = (volume: Volume, deadline: Deadline): Promise<string | undefined> =>
	gluster(['volume', 'barrier', volume.name, 'disable'], deadline)
		.then(done)
		.then(() => undefined)
		.catch(async (error: unknown) => {
			await setOption(volume.name, BARRIER, 'disable', deadline);
			return `writes were not held all the time: ${String(error)}`;
		});
