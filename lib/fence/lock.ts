import {linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {at, read, statOf} from '../host.ts';

const PAUSE = 50;
const pause = (ms: number): Promise<void> => new Promise(resolve => void setTimeout(resolve, ms));

/** This process, so that another one with the same number later is not taken for it: number and start time. */
export const identity = (pid: number): string => `${pid} ${readStat(pid)}`;

/** Processes are the real machine's, also when a simulated host is looked at. */
function readStat(pid: number): string {
	try {
		return statOf(readFileSync(`/proc/${pid}/stat`, 'utf8'))[19] ?? '';
	} catch {
		return '';
	}
}

/**
 * One handler at a time for a resource: a constraint that is placed while another handler lifts it would be gone.
 * Gives what lets go of it, or nothing when it could not be had in time. A holder that died holds nothing.
 */
export const lock = (resource: string, milliseconds: number): ReturnType<typeof hold> =>
	hold(`/run/twinpool/handler-${encodeURIComponent(resource)}.lock`, milliseconds);

/** The same for any file of a folder that nobody else writes to. */
export async function hold(path: string, milliseconds: number): Promise<(() => void) | undefined> {
	const mine = identity(process.pid);
	const end = Date.now() + milliseconds;
	try {
		mkdirSync(at(dirname(path)), {recursive: true, mode: 0o700});
		for (;;) {
			if (take(at(path), mine)) {
				return () => release(path, mine);
			}
			const holder = read(path);
			if (holder !== undefined && holder !== '' && !alive(holder)) {
				bury(at(path), holder);
			} else if (Date.now() >= end) {
				return undefined;
			} else {
				await pause(PAUSE);
			}
		}
	} catch {
		// No place for a lock, such as a read-only /run: handlers are rare, an answer matters more.
		return () => undefined;
	}
}

/** A link appears with its text in it, or not at all: nobody ever reads half a lock. */
function take(path: string, mine: string): boolean {
	const draft = `${path}.${process.pid}`;
	writeFileSync(draft, mine, {mode: 0o600});
	try {
		linkSync(draft, path);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
			return false;
		}
		throw error;
	} finally {
		rmSync(draft, {force: true});
	}
}

const alive = (holder: string): boolean => identity(Number.parseInt(holder, 10)) === holder;

/** Take a dead holder's lock away. If somebody was faster and it is a living one's by now, it is put back. */
function bury(path: string, dead: string): void {
	const grave = `${path}.${process.pid}.dead`;
	try {
		renameSync(path, grave);
		if (readFileSync(grave, 'utf8') !== dead) {
			linkSync(grave, path);
		}
	} catch {
		// Somebody else did it.
	}
	rmSync(grave, {force: true});
}

function release(path: string, mine: string): void {
	if (read(path) === mine) {
		rmSync(at(path), {force: true});
	}
}
