import {read} from '../host.ts';
import {procFacts} from './proc.ts';
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

/** The first look after a change, from the same file: the state as such, without percentages. Nothing when a minor is gone. */
export function lookAgain(resource: string, seen: string): Facts | undefined {
	return procFacts(read('/proc/drbd') ?? '', resource, minorsOf(seen));
}

const minorsOf = (seen: string): number[] => seen.slice(0, seen.indexOf('\n')).split(' ').map(Number);

/** Whether the kernel still shows what was seen then. */
export function unchanged(seen: string): boolean {
	return fingerprint(minorsOf(seen)) === seen.slice(seen.indexOf('\n') + 1);
}
