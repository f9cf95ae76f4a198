import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import {type Argv, run} from '../run.ts';
import {gluster} from './cli.ts';
import {type Copy, placeOf} from './copies.ts';
import {everyone, insist} from './sets.ts';
import type {Ask, Request} from './side.ts';
import type {Volume} from './store.ts';
import {done, GlusterError, healFiles} from './xml.ts';

/** How a file's copies contradict each other: other files by the same name, what is in them, who owns them, which names a directory has. */
export type Torn = 'gfid' | 'type' | 'data' | 'metadata' | 'entry';

/** One brick's copy, and whose it is. */
export interface Side {
	/** The host by its own name. */
	host: string;
	/** HOST:PATH, as gluster calls the brick. */
	brick: string;
	copy: Copy;
}

export interface TornFile {
	/** As gluster names it: from the volume's root, or by its gfid. */
	file: string;
	how: Torn[];
	sides: Side[];
}

/** So many files at a time. */
const MANY = 1000;
/** How long one question to a host, or one file's healing may take, in milliseconds: images are big. */
const ASKED = 60_000;
const CHOSEN = 4 * 3_600_000;
/** How long healing may take after the last file was chosen, in milliseconds. */
const HEALED = 60_000;
const PAUSE = 2000;

/** By the bricks' own records, of one replica set: each copy is blamed by another one, or they are not the same file at all. */
export function howTorn(copies: readonly {id: number; copy: Copy}[]): Torn[] {
	if (copies.length < 2) {
		return [];
	}
	const same = (of: (copy: Copy) => string): boolean => new Set(copies.map(({copy}) => of(copy))).size === 1;
	if (!same(copy => copy.type)) {
		return ['type'];
	}
	if (!same(copy => copy.gfid)) {
		return ['gfid'];
	}
	return (['data', 'metadata', 'entry'] as const).filter(what =>
		copies.every(({id}) => copies.some(({copy}) => copy.blames.some(blame => blame.brick === id && blame[what] > 0))),
	);
}

/** Every file of the volume in split-brain, with all its copies. @throws {Error} somebody cannot be asked */
export async function torn(volume: Volume, ask: Ask, deadline: Deadline): Promise<TornFile[]> {
	const named = await healFiles(await gluster(['volume', 'heal', volume.name, 'info'], deadline));
	const files = [...new Set(named.map(({file}) => file))];
	const found: TornFile[] = [];
	for (let first = 0; first < files.length; first += MANY) {
		found.push(...(await among(volume, files.slice(first, first + MANY), ask, deadline)));
	}
	return found;
}

async function among(volume: Volume, files: string[], ask: Ask, deadline: Deadline): Promise<TornFile[]> {
	const request: Request = {ask: 'copies', volume: volume.name, kind: 'set', sets: [], files, newer: false, within: ASKED};
	const said = insist(await everyone(volume, request, ask, deadline.within(ASKED)));
	const bricks = said.flatMap(({host, copies}) => copies.map(one => ({...one, host})));
	const sets = [...new Set(bricks.map(({brick}) => Math.floor(brick / volume.replica)))];
	return files.flatMap((file, index) =>
		sets.flatMap(set => {
			const copies = bricks
				.filter(({brick}) => Math.floor(brick / volume.replica) === set)
				.flatMap(({brick, host, files: mine}) => {
					const [copy, is] = [mine[index], volume.bricks[brick]];
					// An arbiter has a file's name and what it blames others for, and nothing that could be kept.
					const votes = volume.arbiters > 0 && volume.replica > 2 && brick % volume.replica === volume.replica - 1;
					return copy && is ? [{id: is.id, votes, copy, side: {host, brick: `${is.host}:${is.path}`, copy}}] : [];
				});
			const how = howTorn(copies);
			return how.length > 0 ? [{file, how, sides: copies.filter(({votes}) => !votes).map(({side}) => side)}] : [];
		}),
	);
}

/** Gluster cannot choose between a directory and a file; the names of a directory it puts together itself, when each of them is clear. */
export const byHand = ({how}: TornFile): boolean => how.includes('type');
export const byItself = ({how}: TornFile): boolean => how.every(one => one === 'entry');

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** What has to be done on the losing host, where gluster cannot do it. */
export function removal({file, sides}: TornFile, keep: string): string[] {
	return sides
		.filter(({brick}) => brick !== keep)
		.flatMap(({host, brick, copy: {gfid}}) => {
			const path = brick.slice(brick.indexOf(':') + 1);
			const dashed = gfid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5');
			return [`on ${host}: rm -r ${quoted(`${path}${file}`)}; rm ${quoted(path + placeOf(`gfid:${dashed}`))}`];
		});
}

/** Take one side's copy of each of these files for the truth. Gives what gluster could not do, by file. */
export async function choose(volume: Volume, files: readonly TornFile[], keep: (file: TornFile) => string): Promise<Map<string, string>> {
	const failed = new Map<string, string>();
	for (const one of files) {
		const name = one.file.startsWith('<gfid:') ? one.file.slice(1, -1) : one.file;
		// This one has no XML.
		const argv: Argv = ['gluster', '--mode=script', 'volume', 'heal', volume.name, 'split-brain', 'source-brick', keep(one), name];
		const why = await run(argv, {timeout: CHOSEN}).then(
			({exit, stdout, stderr}) => (exit === 0 ? undefined : `${stdout}${stderr}`.trim().split('\n')[0]),
			(error: unknown) => String(error),
		);
		if (why !== undefined) {
			failed.set(one.file, why);
		}
	}
	return failed;
}

/** Wait until these files are whole. Gives which of them are not. */
export async function settled(volume: Volume, files: readonly TornFile[], ask: Ask, deadline: Deadline): Promise<TornFile[]> {
	const limit = deadline.within(HEALED);
	for (;;) {
		await gluster(['volume', 'heal', volume.name], limit)
			.then(done)
			.catch((error: unknown) => {
				if (!(error instanceof GlusterError)) {
					throw error;
				}
			});
		const all = await torn(volume, ask, deadline);
		const left = all.filter(({file}) => files.some(one => one.file === file));
		const stuck = left.every(one => byHand(one) || (byItself(one) && all.some(byHand)));
		if (stuck || limit.left() < PAUSE) {
			return left;
		}
		await sleep(PAUSE);
	}
}
