import {read} from '../host.ts';
import type {Facts} from './states.ts';

/**
 * The lines of 8.4's /proc/drbd for these minors, up to the counters: connection, roles, disks, flags.
 * A file instead of a program: equal lines are an equal state. Nothing on 9, or when a minor is not there.
 */
export function fingerprint(minors: readonly number[]): string | undefined {
	const text = read('/proc/drbd');
	if (!text?.startsWith('version: 8.4.')) {
		return undefined;
	}
	const lines = minors.map(minor => new RegExp(`^ *${minor}: cs:.*$`, 'mu').exec(text)?.[0]);
	return lines.includes(undefined) || lines.length === 0 ? undefined : lines.join('\n');
}

/** What to compare with the next time: the minors and their lines; nothing where that is not to be had. */
export function remarkable({volumes}: Facts): string | undefined {
	const minors = volumes.map(({minor}) => minor);
	const lines = fingerprint(minors);
	return lines === undefined ? undefined : `${minors.join(' ')}\n${lines}`;
}

/** Whether the kernel still shows what was seen then. */
export function unchanged(seen: string): boolean {
	const end = seen.indexOf('\n');
	return fingerprint(seen.slice(0, end).split(' ').map(Number)) === seen.slice(end + 1);
}
