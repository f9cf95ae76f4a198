import * as z from 'zod/mini';
import {parsed} from '../cluster/seen.ts';
import type {Deadline} from '../deadline.ts';
import {run} from '../run.ts';
import {dropped, listed, newer, restored, taken, type Zfs} from '../zfs/snapshots.ts';
import {COPY, copies} from './copies.ts';
import {datasetOf, homeless} from './dataset.ts';
import {sides} from './kept.ts';
import {brickProcess} from './process.ts';
import {type Brick, names, type Volume, volumeNamed} from './store.ts';

/** A set, by the moment in its snapshots' names. */
const SET = z.string().check(z.regex(/^\d{8}T\d{6}Z$/u));

/** What one host is asked about its own bricks of a volume: the one that runs the command directly, the other one over ssh. */
const REQUEST = z.object({
	ask: z.enum(['sets', 'take', 'drop', 'check', 'restore', 'copies']),
	volume: z.string().check(z.regex(/^[\w-]{1,255}$/u)),
	/** Sets that are made on demand, and those that are made before a split-brain is resolved. */
	kind: z.enum(['set', 'split-brain']),
	sets: z.array(SET),
	files: z.array(z.string()),
	/** Whether what was snapshotted since the set may be lost. */
	newer: z.boolean(),
});
export type Request = z.infer<typeof REQUEST>;

const ANSWER = z.object({
	/** The host's own name. */
	host: z.string(),
	/** What it could not do, or found in the way; nothing when all is well. */
	why: z.optional(z.string()),
	/** The sets that are on every brick of this host. */
	sets: z.array(SET),
	/** For each brick of this host, by its place in the volume: its copy of each file that was asked for. */
	copies: z.array(z.object({brick: z.number(), files: z.array(z.nullable(COPY))})),
});
export type Answer = z.infer<typeof ANSWER>;

/** How a host is asked: by its address as glusterd knows it; nothing for this one. @throws {Error} it did not answer */
export type Ask = (host: string | undefined, request: Request, deadline: Deadline) => Promise<Answer>;

/** @throws {Error} it is no answer of ours */
export function answered(host: string, text: string): Answer {
	const answer = parsed(ANSWER, text);
	if (!answer) {
		throw new Error(`${host} answered "${text.trim().split('\n')[0]?.slice(0, 120) ?? ''}": twinpool of the same version has to be there`);
	}
	return answer;
}

interface Here {
	request: Request;
	volume: Volume;
	bricks: Brick[];
	datasets: string[];
	zfs: Zfs;
}

type Told = Partial<Pick<Answer, 'why' | 'sets' | 'copies'>>;

const trouble = ({problems}: Zfs): string => (problems.length > 0 ? `: ${[...new Set(problems)].join('; ')}` : '');

const VERBS: Record<Request['ask'], (here: Here) => Promise<Told>> = {
	async sets({request, datasets, zfs}) {
		const {snapshots, seen} = await listed(request.kind, datasets, zfs);
		const sets = [...new Set(snapshots.map(({set}) => set))].filter(set =>
			datasets.every(dataset => snapshots.some(one => one.set === set && one.dataset === dataset)),
		);
		return seen.length === datasets.length ? {sets} : {why: `the snapshots cannot be listed${trouble(zfs)}`};
	},
	async take({request, volume, bricks, datasets, zfs}) {
		const lost = bricks.map(({path}) => homeless(volume.name, path)).find(why => why !== undefined);
		if (lost !== undefined) {
			return {why: lost};
		}
		const done = await taken(request.kind, request.sets[0] ?? '', datasets, zfs);
		return done.length === datasets.length ? {sets: request.sets} : {why: `no snapshot of ${datasets.join(', ')}${trouble(zfs)}`};
	},
	async drop({request, datasets, zfs}) {
		const {snapshots} = await listed(request.kind, datasets, zfs);
		const left = await dropped(
			request.kind,
			snapshots.filter(({set}) => request.sets.includes(set)),
			zfs,
		);
		return left.length === 0 && zfs.problems.length === 0 ? {} : {why: `${left.length} snapshots are still there${trouble(zfs)}`};
	},
	/** Everything that would keep a set from being restored, before anything is. */
	async check({request, volume, bricks, datasets, zfs}) {
		const [set = ''] = request.sets;
		const runs = bricks.find(brick => brickProcess(volume, brick) !== undefined);
		if (runs) {
			return {why: `brick ${runs.path} runs: disable the resource, or stop the volume`};
		}
		const {snapshots} = await listed(request.kind, datasets, zfs);
		const without = datasets.find(dataset => !snapshots.some(one => one.set === set && one.dataset === dataset));
		if (without !== undefined) {
			return {why: `${without} has no set ${set}${trouble(zfs)}`};
		}
		const since = request.newer ? [] : await newer(request.kind, set, datasets, zfs);
		return since.length > 0 ? {why: `a rollback would destroy ${since.join(', ')}: --destroy-newer`} : {};
	},
	async restore(here) {
		const {request, volume, bricks, datasets, zfs} = here;
		if (bricks.some(brick => brickProcess(volume, brick) !== undefined)) {
			return {why: 'a brick runs'};
		}
		const done = await restored(request.kind, request.sets[0] ?? '', datasets, zfs);
		return done.length === datasets.length ? {} : {why: `only ${done.join(', ') || 'nothing'} was rolled back${trouble(zfs)}`};
	},
	async copies({request, volume, bricks, zfs}) {
		const found = bricks.map(async brick => ({
			brick: volume.bricks.indexOf(brick),
			files: await copies(volume.name, brick.path, request.files, zfs.deadline),
		}));
		return {copies: await Promise.all(found)};
	},
};

/** Answer a request about this host's own bricks. What is wrong with the request, or in the way, is the answer's `why`. */
export async function reply(asked: unknown, deadline: Deadline): Promise<Answer> {
	const [host = ''] = names();
	const nothing = {host, sets: [], copies: []};
	const {success, data: request} = REQUEST.safeParse(asked);
	const volume = success ? volumeNamed(request.volume) : undefined;
	if (!(success && volume)) {
		return {...nothing, why: success ? `glusterd of ${host} knows no volume ${request.volume}` : 'this is no request of twinpool'};
	}
	const bricks = sides(volume).here;
	const homes = bricks.map(({path}) => datasetOf(volume.name, path));
	const bare = bricks.find((_, index) => homes[index] === undefined);
	if (bare && request.ask !== 'copies') {
		return {...nothing, why: `brick ${bare.path} is not on a ZFS dataset that is known`};
	}
	const zfs = {run, deadline, problems: []};
	return {
		...nothing,
		...(await VERBS[request.ask]({request, volume, bricks, datasets: [...new Set(homes.filter(home => home !== undefined))], zfs})),
	};
}
