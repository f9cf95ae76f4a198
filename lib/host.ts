import {existsSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';

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
export const exists = (path: string): boolean => existsSync(at(path));
