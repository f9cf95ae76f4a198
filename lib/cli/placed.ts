import {chmodSync, linkSync, lstatSync, mkdirSync, readFileSync, readlinkSync, renameSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import type {Rendered} from '../topology/render.ts';

interface Placed {
	/** What is in it, or where it points to; nothing when there is nothing. */
	text?: string;
	mode?: number;
}

/** What is at a path. A link is what it points to: a masked unit is one. What cannot be read is an error, and not a file to replace. */
export function placed(path: string): Placed {
	const stat = lstatSync(path, {throwIfNoEntry: false});
	if (!stat) {
		return {};
	}
	return {text: stat.isSymbolicLink() ? readlinkSync(path) : readFileSync(path, 'utf8'), mode: stat.mode & 0o777};
}

/** A name for what was there before, never that of one which is kept already. */
function beside(path: string): string {
	let old = `${path}.twinpool-old`;
	for (let more = 2; lstatSync(old, {throwIfNoEntry: false}); more += 1) {
		old = `${path}.twinpool-old.${more}`;
	}
	return old;
}

/** Whole or not at all, with its rights from the start; what was there is kept beside it. Gives what was done, nothing when nothing was. */
export function put(path: string, {text, link, mode}: Rendered): string | undefined {
	const before = placed(path);
	if (before.text === text && before.mode === mode) {
		return;
	}
	mkdirSync(dirname(path), {recursive: true});
	const draft = `${path}.${process.pid}.new`;
	if (link) {
		symlinkSync(text, draft);
	} else {
		// Not through what somebody may have put there.
		writeFileSync(draft, text, {mode: 0o600, flag: 'wx'});
		// Whatever the umask is.
		chmodSync(draft, mode);
	}
	if (before.text === undefined) {
		renameSync(draft, path);
		return `created ${path}`;
	}
	const old = beside(path);
	linkSync(path, old);
	renameSync(draft, path);
	return `changed ${path}, which is kept as ${old}`;
}
