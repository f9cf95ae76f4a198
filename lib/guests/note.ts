import {mkdirSync, rmSync, statSync} from 'node:fs';
import * as z from 'zod/mini';
import {at, keep, list, read} from '../host.ts';

const FOLDER = '/run/twinpool';
const CONFIG = '/etc/libvirt/qemu';

const NOTE = z.object({
	/** The guests of the resource; `expected` to run: started by us, or seen running since. */
	members: z.array(z.object({uuid: z.string(), name: z.string(), expected: z.boolean()})),
	/** Shut down by their owner: libvirt itself forgets why when it is restarted. */
	off: z.array(z.string()),
	/** Where the storage is mounted. */
	points: z.array(z.string()),
	/** libvirt's own files when they were last looked at. */
	signature: z.string(),
});
/**
 * What this node runs, kept on this node until the next boot: a monitor reads it instead of the storage, which may hang, and a
 * stop knows its guests by it when the storage is gone.
 */
export type Note = z.infer<typeof NOTE>;

const path = (instance: string): string => `${FOLDER}/guests-${encodeURIComponent(instance)}.json`;

export function readNote(instance: string): Note | undefined {
	try {
		return NOTE.parse(JSON.parse(read(path(instance)) ?? ''));
	} catch {
		return undefined;
	}
}

/** @throws {Error} what it is about would be unknown to a stop */
export function writeNote(instance: string, note: Note): void {
	if (!keep(path(instance), `${JSON.stringify(note)}\n`)) {
		throw new Error(`${FOLDER} cannot be written`);
	}
}

export const dropNote = (instance: string): void => rmSync(at(path(instance)), {force: true});

/** A folder of our own for files on their way between libvirt and the storage: they hold passwords. */
export function staging(instance: string): string {
	const folder = at(`${FOLDER}/guests-${encodeURIComponent(instance)}.d`);
	rmSync(folder, {recursive: true, force: true});
	mkdirSync(folder, {recursive: true, mode: 0o700});
	return folder;
}
export const unstage = (instance: string): void =>
	rmSync(at(`${FOLDER}/guests-${encodeURIComponent(instance)}.d`), {recursive: true, force: true});

/** libvirt's definitions as files on this node's root disk: when one of them is new, there is something to save. */
export function signature(): string {
	return list(CONFIG)
		.filter(name => name.endsWith('.xml'))
		.sort((one, other) => (one < other ? -1 : 1))
		.map(name => {
			try {
				const {mtimeMs, size} = statSync(at(`${CONFIG}/${name}`));
				return `${name} ${mtimeMs} ${size}`;
			} catch {
				return name;
			}
		})
		.join('\n');
}
