import {closeSync, constants, lstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import * as z from 'zod/mini';
import {at} from '../host.ts';
import {digest} from './event.ts';
import {type Memory, NOTHING} from './once.ts';

/** Pacemaker's own: of hacluster, whom alerts run as, and gone with the boot as the attributes are. */
const ABOVE = '/run/crm';

const shape = z.object({seen: z.record(z.string(), z.string()), told: z.number(), more: z.number()});

/** The folder for what was told, of this user alone; or why there is none that can be trusted. */
export function folder(): {path: string} | {why: string} {
	const mine = process.getuid?.() ?? 0;
	const path = `${ABOVE}/twinpool-alert.${mine}`;
	try {
		trust(ABOVE, [0, mine], 0o022);
		mkdirSync(at(path), {mode: 0o700, recursive: true});
		trust(path, [mine], 0o077);
		return {path};
	} catch (error) {
		return {why: error instanceof Error ? error.message : String(error)};
	}
}

/** A folder that others can write to may hold whatever they like, links above all. */
function trust(path: string, owners: readonly number[], forbidden: number): void {
	const stat = lstatSync(at(path));
	if (!(stat.isDirectory() && owners.includes(stat.uid)) || (stat.mode & forbidden) !== 0) {
		throw new Error(`${path} is not a folder that only its user can write to`);
	}
}

/** Where it is remembered what one recipient was told of a key. */
export const memoryFile = (path: string, recipient: string, key: string): string => `${path}/${digest(`${recipient}\n${key}`)}`;

/** What is remembered; a file that says nothing sensible is nothing. */
export function recall(file: string): Memory {
	try {
		const handle = openSync(at(file), constants.O_RDONLY | constants.O_NOFOLLOW);
		try {
			return shape.parse(JSON.parse(readFileSync(handle, 'utf8')));
		} finally {
			closeSync(handle);
		}
	} catch {
		return NOTHING;
	}
}

/** Remember it: in full or not at all. Gives why not. */
export function remember(file: string, memory: Memory): string | undefined {
	try {
		const draft = `${file}.${process.pid}`;
		// Of a process of this number that was killed here.
		rmSync(at(draft), {force: true});
		writeFileSync(at(draft), `${JSON.stringify(memory)}\n`, {mode: 0o600, flag: 'wx'});
		renameSync(at(draft), at(file));
		return undefined;
	} catch (error) {
		return `what was told cannot be remembered in ${dirname(file)}: ${error instanceof Error ? error.message : error}`;
	}
}
