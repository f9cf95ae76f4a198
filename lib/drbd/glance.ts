import {read} from '../host.ts';
import {recall} from './memory.ts';
import {procFacts} from './proc.ts';
import type {Facts} from './states.ts';

/**
 * A look at 8.4's /proc/drbd, a file instead of a program: the state as such, without percentages. Nothing on 9, where start left
 * no memory of the minors, and while something runs whose progress is worth a program.
 */
export function glance(resource: string): Facts | undefined {
	const text = read('/proc/drbd');
	const minors = text?.startsWith('version: 8.4.') ? recall(resource)?.minors : undefined;
	const seen = minors && minors.length > 0 ? procFacts(text ?? '', resource, minors) : undefined;
	return seen && steady(seen) ? seen : undefined;
}

/** Nothing but the state itself tells how it is: no resync, no verify. */
export const steady = ({volumes}: Facts): boolean =>
	volumes.every(({replication}) => replication === 'Off' || replication === 'Established');

/** The resource again and the whole lines of 8.4's /proc/drbd that say so, from one reading; nothing on 9, or when a minor is gone. */
export function lines({name, volumes}: Facts): {seen: Facts; text: string[]} | undefined {
	const all = read('/proc/drbd');
	const minors = volumes.map(({minor}) => minor);
	const seen = all?.startsWith('version: 8.4.') ? procFacts(all, name, minors) : undefined;
	const found = [...(all ?? '').matchAll(/^ *(?<minor>\d+): cs:.*$/gmu)].filter(({groups}) => minors.includes(Number(groups?.['minor'])));
	return seen && {seen, text: found.map(([line]) => line)};
}
