import {rmSync} from 'node:fs';
import * as z from 'zod/mini';
import {parsed} from '../cluster/seen.ts';
import type {Deadline} from '../deadline.ts';
import {at, keep} from '../host.ts';
import {run} from '../run.ts';
import {dropped, hindered, listed, restored, taken, type Zfs} from '../zfs/snapshots.ts';
import {COPY, copies} from './copies.ts';
import {datasetOf, half, homeless} from './dataset.ts';
import {sides} from './kept.ts';
import {noteOf} from './note.ts';
import {brickProcess} from './process.ts';
import {type Brick, names, type Volume, volumeNamed, volumes} from './store.ts';

/** A set, by the moment in its snapshots' names. */
const SET = z.string().check(z.regex(/^\d{8}T\d{6}Z$/u));

/** What one host is asked about its own bricks of a volume: the one that runs the command directly, the other one over ssh. */
const REQUEST = z.object({
	ask: z.enum(['sets', 'take', 'drop', 'check', 'restore', 'restored', 'copies']),
	volume: z.string().check(z.regex(/^[\w-]{1,255}$/u)),
	/** Sets that are made on demand, and those that are made before a split-brain is resolved. */
	kind: z.enum(['set', 'split-brain']),
	sets: z.array(SET),
	files: z.array(z.string()),
	/** Whether what was snapshotted since the set may be lost. */
	newer: z.boolean(),
	/** How long it may take, in milliseconds. */
	within: z.number().check(z.positive()),
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
	/** What the snapshots are called: a pool's sets, and another volume's, are none of ours. */
	kind: string;
	volume: Volume;
	bricks: Brick[];
	datasets: string[];
	zfs: Zfs;
}

type Told = Partial<Pick<Answer, 'why' | 'sets' | 'copies'>>;

const trouble = ({problems}: Zfs): string => (problems.length > 0 ? `: ${[...new Set(problems)].join('; ')}` : '');

/** Whose brick keeps a dataset from being put back. */
function running(volume: Volume, datasets: readonly string[]): string | undefined {
	const all = volumes().flatMap(name => volumeNamed(name) ?? []);
	const busy = all.flatMap(other =>
		sides(other)
			.here.filter(({path}) => datasets.includes(datasetOf(other.name, path) ?? ''))
			.filter(brick => other.name !== volume.name || brickProcess(other, brick) !== undefined)
			.map(({path}) => (other.name === volume.name ? `brick ${path} runs` : `brick ${path} of volume ${other.name} is there, too`)),
	);
	return busy[0] ?? (noteOf(volume.name) ? 'the cluster has the volume started here' : undefined);
}

const VERBS: Record<Request['ask'], (here: Here) => Promise<Told>> = {
	async sets({kind, datasets, zfs}) {
		const {snapshots, seen} = await listed(kind, datasets, zfs);
		const sets = [...new Set(snapshots.map(({set}) => set))].filter(set =>
			datasets.every(dataset => snapshots.some(one => one.set === set && one.dataset === dataset)),
		);
		return seen.length === datasets.length ? {sets} : {why: `the snapshots cannot be listed${trouble(zfs)}`};
	},
	async take({request, kind, volume, bricks, datasets, zfs}) {
		const lost = bricks.map(({path}) => homeless(volume.name, path)).find(why => why !== undefined);
		if (lost !== undefined) {
			return {why: lost};
		}
		const done = await taken(kind, request.sets[0] ?? '', datasets, zfs);
		return done.length === datasets.length ? {sets: request.sets} : {why: `no snapshot of ${datasets.join(', ')}${trouble(zfs)}`};
	},
	async drop({request, kind, datasets, zfs}) {
		const {snapshots} = await listed(kind, datasets, zfs);
		const mine = snapshots.filter(({set}) => request.sets.includes(set));
		const left = await dropped(kind, mine, zfs);
		return left.length === 0 && zfs.problems.length === 0 ? {} : {why: `${left.length} snapshots are still there${trouble(zfs)}`};
	},
	/** Everything that is seen to keep a set from being put back, before anything is. */
	async check({request, kind, volume, datasets, zfs}) {
		const [set = ''] = request.sets;
		const busy = running(volume, datasets);
		if (busy !== undefined) {
			return {why: `${busy}: disable the resource, or stop the volume`};
		}
		const {snapshots} = await listed(kind, datasets, zfs);
		const without = datasets.find(dataset => !snapshots.some(one => one.set === set && one.dataset === dataset));
		if (without !== undefined) {
			return {why: `${without} has no set ${set}${trouble(zfs)}`};
		}
		return {why: await hindered(kind, set, datasets, request.newer, zfs)};
	},
	async restore({request, kind, volume, datasets, zfs}) {
		const [set = ''] = request.sets;
		const why = running(volume, datasets) ?? (keep(half(volume.name), `${set}\n`) ? undefined : '/var/lib/twinpool cannot be written');
		if (why !== undefined) {
			return {why};
		}
		const done = await restored(kind, set, datasets, request.newer, zfs);
		return done.length === datasets.length ? {} : {why: `only ${done.join(', ') || 'nothing'} was rolled back${trouble(zfs)}`};
	},
	restored({volume}) {
		rmSync(at(half(volume.name)), {force: true});
		return Promise.resolve({});
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
export async function reply(asked: unknown, limit: Deadline): Promise<Answer> {
	const [host = ''] = names();
	const no = (why: string): Answer => ({host, sets: [], copies: [], why});
	const {success, data: request} = REQUEST.safeParse(asked);
	if (!success) {
		return no('this is no request of twinpool');
	}
	const volume = volumeNamed(request.volume);
	const bricks = volume ? sides(volume).here : [];
	if (!volume || bricks.length === 0) {
		return no(`glusterd of ${host} knows no ${volume ? 'brick of its own of ' : ''}volume ${request.volume}`);
	}
	const homes = bricks.map(({path}) => datasetOf(volume.name, path));
	const bare = bricks.find((_, index) => homes[index] === undefined);
	if (bare && request.ask !== 'copies') {
		return no(`brick ${bare.path} is not on a ZFS dataset that is known`);
	}
	const deadline = limit.within(request.within);
	const datasets = [...new Set(homes.filter(home => home !== undefined))];
	const here = {request, kind: kindOf(request.kind, volume.name), volume, bricks, datasets, zfs: {run, deadline, problems: []}};
	return {host, sets: [], copies: [], ...(await VERBS[request.ask](here))};
}

/** What the snapshots of a volume's sets are called. */
export const kindOf = (kind: Request['kind'], volume: string): string => `${kind}-volume-${volume}`;
