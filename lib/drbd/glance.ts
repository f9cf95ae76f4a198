import type {Deadline} from '../deadline.ts';
import {read} from '../host.ts';
import {run} from '../run.ts';
import {facts} from './events2.ts';
import {recall} from './memory.ts';
import {procFacts} from './proc.ts';
import type {Facts} from './states.ts';

/**
 * A look at 8.4's /proc/drbd, a file instead of a program, for the steps of a failover: the state as such, without percentages.
 * Nothing on 9, where start left no memory of the minors, and while something runs whose progress is worth a program. A monitor
 * looks by events2, which knows a resource by its name, and corrects that memory.
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

/** What the kernel shows of the resource now, as text to compare with later, and what that says; nothing when it is gone meanwhile. */
export async function shown(
	{name, volumes}: Facts,
	deadline: Deadline,
): Promise<{seen: Facts; source: 'proc' | 'events2'; lines: string[]} | undefined> {
	const all = read('/proc/drbd') ?? '';
	const minors = volumes.map(({minor}) => minor);
	if (all.startsWith('version: 8.4.')) {
		const seen = procFacts(all, name, minors);
		const found = [...all.matchAll(/^ *(?<minor>\d+): cs:.*$/gmu)].filter(({groups}) => minors.includes(Number(groups?.['minor'])));
		return seen && {seen, source: 'proc', lines: found.map(([line]) => line)};
	}
	// Without --statistics, whose counters move.
	const {stdout} = await run(['drbdsetup', 'events2', '--now', name], {timeout: deadline.left()});
	const seen = facts(stdout, name);
	return seen && {seen, source: 'events2', lines: stdout.trimEnd().split('\n')};
}
