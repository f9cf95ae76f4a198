import {
	closeSync,
	constants,
	existsSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	realpathSync,
	renameSync,
	statSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import {dirname} from 'node:path';

/**
 * The host's own files: /proc, /sys, /dev, /run. What is not there, or not readable, is nothing, not an error.
 * TWINPOOL_ROOT puts another tree in their place: simulated hosts, and hosts looked at from outside.
 */
export const at = (path: string): string => `${process.env['TWINPOOL_ROOT'] ?? ''}${path}`;

const orNothing = <T>(look: () => T): T | undefined => {
	try {
		return look();
	} catch {
		return undefined;
	}
};

/** The file's text; nothing when it cannot be read. */
export const read = (path: string): string | undefined => orNothing(() => readFileSync(at(path), 'utf8'));
/** The names in a directory; none when it cannot be listed. */
export const list = (path: string): string[] => orNothing(() => readdirSync(at(path))) ?? [];
/** Where a link points to, as written in it; nothing when it is none. */
export const link = (path: string): string | undefined => orNothing(() => readlinkSync(at(path)));
/** The path without links; as it is when there is nothing. */
export const real = (path: string): string => orNothing(() => realpathSync(at(path))) ?? path;
export const exists = (path: string): boolean => existsSync(at(path));

/** Leave a file for programs to come, readable by root alone: all of it is there, or nothing is. Gives whether it could be written. */
export const keep = (path: string, text: string): boolean =>
	orNothing(() => {
		// Its own: two that write at once leave one of the two texts, never a mixture.
		const draft = at(`${path}.${process.pid}.new`);
		mkdirSync(dirname(draft), {recursive: true, mode: 0o700});
		writeFileSync(draft, text, {mode: 0o600});
		renameSync(draft, at(path));
		return true;
	}) ?? false;

/**
 * Add to a file that somebody named, wherever that is: made for its owner alone, and neither one that a link leads to nor a pipe that
 * keeps us waiting. @throws {Error}
 */
export function append(path: string, text: string): void {
	const {O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK} = constants;
	const file = openSync(path, O_WRONLY + O_APPEND + O_CREAT + O_NOFOLLOW + O_NONBLOCK, 0o600);
	try {
		writeSync(file, text);
	} finally {
		closeSync(file);
	}
}

/** Whether a process is this user's, who is root. By its name and arguments it may be anybody's. */
export const ours = (pid: number | string): boolean =>
	orNothing(() => statSync(at(`/proc/${pid}`)).uid === (process.getuid?.() ?? 0)) ?? false;

/** A name as part of a file's or an attribute's. */
export const asName = (text: string): string => text.replace(/[^\w.:-]/gu, '_');

/** /proc/PID/stat behind the command's name, which may contain anything: the state first, the start in clock ticks since boot 20th. */
export const statOf = (text: string | undefined): string[] => (text ?? '').replace(/^.*\) /su, '').split(' ');
const TICK = 10;
/**
 * How long ago this process was forked, in milliseconds: before the shell that starts us, and however long that took on a busy host.
 * What node counts itself (performance.now()), where a container shows an uptime of its own. proc(5): 100 ticks a second.
 */
export function age(): number {
	const own = (name: string): string => orNothing(() => readFileSync(`/proc/${name}`, 'utf8')) ?? '';
	const forked = Number(own('uptime').split(' ')[0]) * 1000 - Number(statOf(own('self/stat'))[19]) * TICK;
	return Math.max(performance.now(), forked || 0);
}

/** When a process began: with its number, who it is. Empty when there is none. */
export const began = (pid: number | string): string => statOf(read(`/proc/${pid}/stat`))[19] ?? '';
