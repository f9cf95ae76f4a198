import {constants} from 'node:fs';
import {type FileHandle, open, rm} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import * as z from 'zod/mini';
import {at} from '../host.ts';
import {type Mount, mounts} from '../mounts.ts';

/** A host is asked to write records to a dataset for as long as the request's other end is there, whenever it is mounted here. */
const REQUEST = z.object({
	ask: z.literal('beats'),
	/** Or the volume, as it is mounted: localhost:/NAME. */
	dataset: z.string().check(z.regex(/^[A-Za-z][\w.:-]*(?:\/[\w.: -]+)*$/u)),
	/** The drill's moment: part of the file's name. */
	drill: z.string().check(z.regex(/^\d{8}T\d{6}Z$/u)),
	/** Whether this host makes the file. */
	first: z.boolean(),
	/** Milliseconds between two records. */
	pace: z.number().check(z.gte(1), z.lte(60_000)),
});
export type BeatsRequest = z.infer<typeof REQUEST>;

/** A line of the answer: a record was written and synced; the last one that was found by a host that goes on; or why there is none. */
export const BEAT = z.union([z.object({n: z.number()}), z.object({found: z.number()}), z.object({not: z.string()})]);
export type Beat = z.infer<typeof BEAT>;

const fileOf = ({point}: Mount, drill: string): string => at(`${point.replace(/\/$/u, '')}/.twinpool-drill-${drill}`);

const mountOf = (dataset: string): Mount | undefined =>
	mounts().find(({type, source}) => /^(zfs|fuse\.glusterfs)$/u.test(type) && source === dataset);

/** As mountinfo writes a device. */
export const device = (dev: number): string => {
	const whole = BigInt(dev);
	return `${(whole >> 8n) & 0xfffn}:${(whole & 0xffn) | ((whole >> 12n) & ~0xffn)}`;
};

/** The file, once it is sure that it is on the dataset and not below its mount point. */
async function opened(mount: Mount, path: string, create: boolean): Promise<FileHandle> {
	const {O_RDWR, O_APPEND, O_SYNC, O_CREAT, O_NOFOLLOW} = constants;
	const file = await open(path, O_RDWR | O_APPEND | O_SYNC | O_NOFOLLOW | (create ? O_CREAT : 0), 0o600);
	const {dev, nlink} = await file.stat();
	// Another file by a second name: somebody who may write there put it in the way.
	const foreign = nlink > 1;
	if (device(dev) === mount.device && !foreign) {
		return file;
	}
	await file.close();
	if (foreign) {
		throw Object.assign(new Error(`${path} is another file by a second name`), {code: 'EMLINK'});
	}
	if (create) {
		await rm(path, {force: true});
	}
	throw Object.assign(new Error('it is not mounted any more'), {code: 'ENOENT'});
}

/** The number in the last whole line. */
const lastIn = (text: string): number =>
	Number(
		text
			.slice(0, text.lastIndexOf('\n') + 1)
			.trim()
			.split('\n')
			.at(-1),
	) || 0;

/** Write, each record opened, synced and closed by itself: an open file would keep the pool from its export. */
export async function beats(asked: unknown, say: (beat: Beat) => void, over: AbortSignal): Promise<number> {
	const {success, data: request} = REQUEST.safeParse(asked);
	if (!success) {
		say({not: 'this is no request of twinpool'});
		return 1;
	}
	const {dataset, drill, first, pace} = request;
	let next: number | undefined;
	let create = first;
	let silent = '';
	while (!over.aborted) {
		const mount = mountOf(dataset);
		try {
			if (!mount) {
				throw Object.assign(new Error('it is not mounted'), {code: 'ENOENT'});
			}
			const file = await opened(mount, fileOf(mount, drill), create);
			try {
				if (next === undefined && !create) {
					next = lastIn(await file.readFile('utf8')) + 1;
					say({found: next - 1});
				}
				await file.write(`${next ?? 1}\n`);
			} finally {
				await file.close();
			}
			say({n: next ?? 1});
			next = (next ?? 1) + 1;
			create = false;
			silent = '';
		} catch (error) {
			const {code = String(error)} = error as NodeJS.ErrnoException;
			next = create ? next : undefined;
			if (code !== silent) {
				say({not: code});
				silent = code;
			}
		}
		await sleep(pace, undefined, {signal: over}).catch(() => undefined);
	}
	const mount = mountOf(dataset);
	if (mount) {
		await rm(fileOf(mount, drill), {force: true}).catch(() => undefined);
	}
	return 0;
}
