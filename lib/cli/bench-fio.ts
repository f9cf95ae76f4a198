import * as z from 'zod/mini';
import {lastWord} from '../lifecycle.ts';
import {type Argv, type Result, run, ToolError} from '../run.ts';

export const WORKLOADS = ['read', 'write'] as const;
export type Workload = (typeof WORKLOADS)[number];

export const PERCENTILES = [50, 95, 99, 99.9] as const;

/** What one run of one workload gave. Latencies in milliseconds. */
export interface Figures {
	iops: number;
	latency: {mean: number; p50?: number; p95?: number; p99?: number; 'p99.9'?: number};
}

export interface Settings {
	/** Seconds of one measurement. */
	runtime: number;
	/** How often each is measured. */
	rounds: number;
	/** How many read or write at the same time. */
	jobs: number;
	/** Of the file, in MiB. */
	size: number;
}

/** How long fio may take beside its run time before it is stuck, in milliseconds: what is written slowly comes in slowly. */
const PATIENCE = 120_000;
/** A disk that takes less than this while the file is made, in MiB a second, is not waited for. */
const SLOWEST = 1;

const LATENCY = z.object({mean: z.number(), percentile: z.optional(z.record(z.string(), z.number()))});
const SIDE = z.object({iops: z.number(), total_ios: z.number(), lat_ns: LATENCY, clat_ns: z.optional(LATENCY)});
/** What fio 3 prints as JSON, as far as it is read here; what a later one adds is left alone. */
const OUTPUT = z.object({jobs: z.array(z.object({error: z.number(), read: SIDE, write: SIDE}))});

/** What fio measured. Its JSON may come behind sentences. @throws {Error} it is none, or of a run that did nothing */
export function figures(text: string, workload: Workload): Figures {
	const start = /^\{[ \t\r]*$/mu.exec(text)?.index ?? text.indexOf('{');
	const [job] = read(start < 0 ? '' : text.slice(start, text.lastIndexOf('}') + 1)) ?? [];
	if (!job) {
		throw new Error(`fio's answer cannot be read (fio 3 is needed): ${JSON.stringify(text.trim().slice(0, 80))}`);
	}
	const side = job[workload];
	if (job.error !== 0 || side.total_ios <= 0 || side.iops <= 0) {
		throw new Error(`fio measured nothing: ${side.total_ios} operations, error ${job.error}`);
	}
	const from = side.lat_ns.percentile ? side.lat_ns : (side.clat_ns ?? side.lat_ns);
	const latency: Figures['latency'] = {mean: side.lat_ns.mean / 1e6};
	for (const [key, nanoseconds] of Object.entries(from.percentile ?? {})) {
		const found = PERCENTILES.find(one => one === Number(key));
		if (found !== undefined) {
			latency[`p${found}`] = nanoseconds / 1e6;
		}
	}
	return {iops: side.iops, latency};
}

function read(text: string): z.infer<typeof OUTPUT>['jobs'] | undefined {
	try {
		return OUTPUT.parse(JSON.parse(text)).jobs;
	} catch {
		return undefined;
	}
}

/** fio takes more than one file, with ":" between them. */
const named = (file: string): string => `--filename=${file.replaceAll(':', '\\:')}`;

/** Make the file: written once, from its beginning to its end, so that no read finds a hole. */
export async function prepare(file: string, {size}: Settings, signal: AbortSignal): Promise<void> {
	const argv: Argv = ['fio', '--name=prepare', named(file), '--rw=write', '--bs=1m', `--size=${size}m`, '--fallocate=none'];
	await fio([...argv, '--ioengine=psync', '--end_fsync=1', ...QUIET], PATIENCE + (size / SLOWEST) * 1000, signal);
}

const QUIET = ['--thread', '--eta=never', '--output-format=json'] as const;

/** 4 KiB at random places. A write counts when it is on stable storage: else a cache would be measured, and nothing replicated. */
export async function measure(file: string, workload: Workload, settings: Settings, signal: AbortSignal): Promise<Figures> {
	const {runtime, jobs, size} = settings;
	const what = [`--name=rand${workload}`, named(file), `--rw=rand${workload}`, '--bs=4k', `--size=${size}m`];
	const how = ['--ioengine=psync', `--numjobs=${jobs}`, '--group_reporting', '--randrepeat=0', '--time_based', `--runtime=${runtime}`];
	const percentiles = ['--lat_percentiles=1', `--percentile_list=${PERCENTILES.join(':')}`];
	const sync = workload === 'write' ? ['--sync=1'] : [];
	const {stdout} = await fio(['fio', ...what, ...how, ...sync, ...percentiles, ...QUIET], PATIENCE + runtime * 1000, signal);
	return figures(stdout, workload);
}

/** @returns its version */
export const version = async (): Promise<string> => (await fio(['fio', '--version'], 10_000, new AbortController().signal)).stdout.trim();

/** @throws {Error} it is not there, or did not come to its end */
async function fio(argv: Argv, timeout: number, signal: AbortSignal): Promise<Result> {
	signal.throwIfAborted();
	try {
		const result = await run(argv, {timeout, signal});
		if (result.exit !== 0) {
			throw new Error(lastWord(result));
		}
		return result;
	} catch (error) {
		if (error instanceof ToolError && error.fault === 'missing') {
			throw new Error('fio is not installed: apt install fio');
		}
		throw error;
	} finally {
		// A terminal's Ctrl-C ends fio too, which then calls its run a whole one.
		signal.throwIfAborted();
	}
}
