import {lstatSync} from 'node:fs';
import {posix} from 'node:path';
import * as z from 'zod/mini';
import type {Deadline} from '../deadline.ts';
import {at, real} from '../host.ts';
import {run} from '../run.ts';

/** One brick's copy of a file. */
export const COPY = z.object({
	type: z.enum(['file', 'directory', 'other']),
	/** Bytes. */
	size: z.number(),
	/** ISO times: of what is in it, and of its owner, mode and links. */
	modified: z.string(),
	changed: z.string(),
	/** Octal. */
	mode: z.string(),
	owner: z.string(),
	/** Gluster's own number of the file; empty when it has none. */
	gfid: z.string(),
	/** Bricks by their number in the volume that missed changes of this copy, by what they missed. */
	blames: z.array(z.object({brick: z.number(), data: z.number(), metadata: z.number(), entry: z.number()})),
});
export type Copy = z.infer<typeof COPY>;

/** So many files by one command. */
const MANY = 100;

/** Where a file is on a brick; one that has lost its name is found by its gfid. */
export function placeOf(file: string): string {
	const gfid = /^<?gfid:([0-9a-f-]{36})>?$/u.exec(file)?.[1];
	return gfid ? `/.glusterfs/${gfid.slice(0, 2)}/${gfid.slice(2, 4)}/${gfid}` : file;
}

/** A brick's copies of these files, which are named as gluster names them; null for one that it has not. */
export async function copies(volume: string, brick: string, files: readonly string[], deadline: Deadline): Promise<(Copy | null)[]> {
	const found: (Copy | null)[] = [];
	for (let first = 0; first < files.length; first += MANY) {
		const places = files.slice(first, first + MANY).map(file => {
			const path = at(`${brick}${placeOf(file)}`);
			return {path, stat: below(brick, placeOf(file)) ? statOf(path) : undefined};
		});
		const there = places.filter(({stat}) => stat).map(({path}) => path);
		const argv = ['getfattr', '-h', '--absolute-names', '-d', '-m', '^trusted\\.(gfid$|afr\\.)', '-e', 'hex', '--', ...there] as const;
		const said = there.length > 0 ? (await run(argv, {timeout: Math.max(1, deadline.left())})).stdout : '';
		const attributes = attributesIn(said);
		found.push(...places.map(({path, stat}) => (stat ? copy(volume, stat, attributes.get(path) ?? new Map()) : null)));
	}
	return found;
}

/** Its users name a volume's files, and make its links: what is asked about has to be on the brick, not where a name or a link leads to. */
function below(brick: string, place: string): boolean {
	const [root, folder] = [real(brick), real(`${brick}${posix.dirname(place)}`)];
	return place.startsWith('/') && !place.split('/').includes('..') && (folder === root || folder.startsWith(`${root}/`));
}

/** What is a file on one side may be a directory on the other one: then there is nothing below it. */
function statOf(path: string): Stat | undefined {
	try {
		return lstatSync(path);
	} catch (error) {
		if (/^(ENOENT|ENOTDIR)$/u.test((error as NodeJS.ErrnoException).code ?? '')) {
			return undefined;
		}
		throw error;
	}
}

type Stat = Exclude<ReturnType<typeof lstatSync>, undefined>;

function copy(volume: string, stat: Stat, attributes: ReadonlyMap<string, string>): Copy {
	const other = stat.isDirectory() ? 'directory' : 'other';
	return {
		type: stat.isFile() ? 'file' : other,
		size: Number(stat.size),
		modified: stat.mtime.toISOString(),
		changed: stat.ctime.toISOString(),
		mode: (Number(stat.mode) & 0o7777).toString(8).padStart(4, '0'),
		owner: `${stat.uid}:${stat.gid}`,
		gfid: attributes.get('trusted.gfid')?.slice(2) ?? '',
		blames: [...attributes].flatMap(([name, value]) => {
			const brick = name.startsWith(`trusted.afr.${volume}-client-`) ? Number(name.slice(name.lastIndexOf('-') + 1)) : Number.NaN;
			// Three counters of four bytes each.
			const [data = 0, metadata = 0, entry = 0] = (value.slice(2).match(/.{8}/gu) ?? []).map(word => Number.parseInt(word, 16));
			return Number.isInteger(brick) && data + metadata + entry > 0 ? [{brick, data, metadata, entry}] : [];
		}),
	};
}

/** What getfattr prints, by path and name. Odd characters of a path are octal there. */
export function attributesIn(text: string): Map<string, Map<string, string>> {
	const found = new Map<string, Map<string, string>>();
	let of = new Map<string, string>();
	for (const line of text.split('\n')) {
		const [, path] = /^# file: (.*)$/u.exec(line) ?? [];
		if (path === undefined) {
			const [, name, value] = /^([^=]+)=(0x[0-9a-f]*)$/u.exec(line) ?? [];
			if (name !== undefined && value !== undefined) {
				of.set(name, value);
			}
		} else {
			of = new Map();
			found.set(plain(path), of);
		}
	}
	return found;
}

/** Bytes, not characters, are what is octal. */
const plain = (path: string): string =>
	Buffer.concat(
		path
			.split(/(\\[0-7]{3})/u)
			.map(part => (/^\\[0-7]{3}$/u.test(part) ? Buffer.from([Number.parseInt(part.slice(1), 8)]) : Buffer.from(part))),
	).toString();
