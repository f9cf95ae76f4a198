import {stamp} from '../cluster/alarm.ts';
import type {Deadline} from '../deadline.ts';
import {run} from '../run.ts';
import {undisturbed} from '../undisturbed.ts';
import {inOrder, type Target} from '../zfs/sets.ts';
import {datasetOf} from './dataset.ts';
import {unhealed} from './heal.ts';
import {BARRIER, sides} from './kept.ts';
import {type Answer, type Ask, kindOf, type Request} from './side.ts';
import {infoChanged, type Volume} from './store.ts';
import {setOption} from './verbs.ts';

/** Gluster's own limit for a barrier, in milliseconds. */
const LONGEST = 120_000;
/** How long the hosts have for one request, in milliseconds; and while writes are held. Gluster lets them go by itself after two minutes. */
const EACH = 60_000;
const ANSWER = 30_000;
const HELD = 20_000;
/** Many snapshots may have to go for a rollback. */
const BACK = 1_800_000;

/** The volume's sets: snapshots of the same name below all of its bricks. */
export const volumeSets = (volume: Volume, kind: Request['kind'], ask: Ask, deadline: Deadline): Target => {
	const all = (verb: Request['ask'], sets: readonly string[] = [], {newer = false, within = EACH} = {}): Promise<Answer[]> =>
		everyone(volume, {ask: verb, volume: volume.name, kind, sets: [...sets], files: [], newer, within}, ask, deadline.within(within));
	return {
		kind: kindOf(kind, volume.name),
		async take() {
			const why = kind === 'set' && volume.replica > 1 ? await unhealed(volume.name, deadline) : undefined;
			if (why !== undefined) {
				throw new Error(`a set has to be whole: ${why}`);
			}
			// Nobody's writes are held for a host that does not answer.
			insist(await all('sets'));
			const set = stamp();
			const work = (): Promise<Answer[]> => all('take', [set], {within: kind === 'set' ? HELD : EACH});
			await undisturbed(async () => {
				const [said, broken] = kind === 'set' ? await held(volume, deadline, work) : [await work(), undefined];
				const failed = trouble(said) ?? broken;
				if (failed !== undefined) {
					const left = trouble(await all('drop', [set]));
					throw new Error(left === undefined ? failed : `${failed}; set ${set} is no set, and is still there: ${left}`);
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
			const known = insist(await all('sets')).flatMap(one => one.sets);
			const unknown = sets.find(set => !known.includes(set));
			if (unknown !== undefined) {
				throw new Error(`${volume.name} has no set ${unknown}`);
			}
			insist(await all('drop', sets));
		},
		async restore(set, destroyNewer) {
			insist(await all('check', [set], {newer: destroyNewer}));
			const why = await undisturbed(
				async () => trouble(await all('restore', [set], {newer: destroyNewer, within: BACK})) ?? trouble(await all('restored', [set])),
			);
			if (why !== undefined) {
				throw new Error(`${why}: the copies of ${volume.name} differ now, and are not served; run the same command again`);
			}
		},
		datasets: () => Promise.resolve([...new Set(sides(volume).here.flatMap(({path}) => datasetOf(volume.name, path) ?? []))]),
	};
};

/** Every host that has bricks of the volume, this one first, at the same time. One that does not answer is an answer. */
export function everyone(volume: Volume, request: Request, ask: Ask, deadline: Deadline): Promise<Answer[]> {
	const {here, there} = sides(volume);
	const hosts = new Map(there.map(({uuid, host}) => [uuid || host, host]));
	return Promise.all(
		[...(here.length > 0 ? [undefined] : []), ...hosts.values()].map(host =>
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
 * @throws {Error} writes could not be held, and are not; or somebody else holds them
 */
async function held<T>(volume: Volume, deadline: Deadline, work: () => Promise<T>): Promise<[T, string | undefined]> {
	if (volume.options.get(BARRIER) === 'enable') {
		if (Date.now() - infoChanged(volume.name) < LONGEST) {
			throw new Error(`writes to ${volume.name} are held already, by another snapshot: try again in two minutes`);
		}
		// Whoever held them last was ended.
		await release(volume, deadline);
	}
	try {
		await barrier(volume, 'enable', deadline);
	} catch (error) {
		// Some brick may hold them all the same.
		await release(volume, deadline);
		throw error;
	}
	try {
		const said = await work();
		return [said, await release(volume, deadline)];
	} catch (error) {
		await release(volume, deadline);
		throw error;
	}
}

/** This command knows no XML. @throws {Error} what it says */
async function barrier({name}: Volume, verb: 'enable' | 'disable', deadline: Deadline): Promise<void> {
	const {exit, stdout, stderr} = await run(['gluster', '--mode=script', 'volume', 'barrier', name, verb], {
		timeout: Math.max(1, Math.min(ANSWER, deadline.left())),
	});
	if (exit !== 0) {
		throw new Error(`${stdout}${stderr}`.trim().split('\n')[0] ?? `gluster volume barrier ended with ${exit}`);
	}
}

/**
 * A barrier that has gone by itself is no more to be taken away, but is in the volume's file still, and would be put up again with the
 * next option that is set. Gives why it had gone.
 */
async function release(volume: Volume, deadline: Deadline): Promise<string | undefined> {
	const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
	const gone = await barrier(volume, 'disable', deadline).then(() => undefined, sentence);
	if (gone === undefined) {
		return undefined;
	}
	const left = await setOption(volume.name, BARRIER, 'disable', deadline).then(() => undefined, sentence);
	return `writes were not held all the time: ${gone}${left === undefined ? '' : `; "gluster volume set ${volume.name} ${BARRIER} disable" is left to you (${left})`}`;
}
