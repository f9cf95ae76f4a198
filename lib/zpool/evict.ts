import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import {began, read} from '../host.ts';
import type {Holder} from './holders.ts';
import type {Log} from './params.ts';

/** How long a process may take to end after SIGTERM, and how much of the remaining time that may be. */
const GRACE = {most: 10_000, share: 1 / 3, apart: 100};
/** What holds the cluster together is never the price of a stop. */
const NEVER = /^(systemd|init|pacemaker|corosync|sbd|stonith|dlm_controld)/u;

type Target = NonNullable<Holder['process']>;

/** End the processes that hold a pool: SIGTERM, and with `kill` SIGKILL for those that are still there after a grace. */
export async function evict(held: readonly Holder[], policy: 'term' | 'kill', deadline: Deadline, log: Log): Promise<void> {
	const above = ancestors();
	const targets = held.flatMap(({process: target}) => (target && may(target, above) ? [target] : []));
	if (targets.length === 0) {
		return;
	}
	const names = held.filter(({process: target}) => target && targets.includes(target)).map(({says}) => says);
	log(`SIGTERM to ${names.join(', ')}`);
	signal(targets, 'SIGTERM');
	const patience = deadline.within(Math.min(GRACE.most, deadline.left() * GRACE.share));
	while (targets.some(same) && patience.left() > 0) {
		await sleep(GRACE.apart);
	}
	if (policy === 'kill' && targets.some(same)) {
		log(
			`SIGKILL to ${targets
				.filter(same)
				.map(({pid}) => pid)
				.join(', ')}`,
		);
		signal(targets, 'SIGKILL');
		await sleep(GRACE.apart);
	}
}

const same = ({pid, began: then}: Target): boolean => then !== '' && began(pid) === then && !/\) Z/u.test(read(`/proc/${pid}/stat`) ?? '');

function signal(targets: readonly Target[], name: 'SIGTERM' | 'SIGKILL'): void {
	for (const target of targets.filter(same)) {
		try {
			process.kill(target.pid, name);
		} catch {
			// Ended meanwhile.
		}
	}
}

const parentOf = (pid: number): number => Number(/\) \w (\d+)/u.exec(read(`/proc/${pid}/stat`) ?? '')?.[1] ?? 0);

/** Ourselves and everybody who started us. */
export function ancestors(): Set<number> {
	const line = new Set<number>();
	let {pid} = process;
	while (pid > 0 && !line.has(pid)) {
		line.add(pid);
		pid = parentOf(pid);
	}
	return line;
}

/** Never init, our own line, the cluster, or the kernel's threads (children of 2). */
export const may = ({pid}: Target, above: ReadonlySet<number>): boolean =>
	pid > 2 && !above.has(pid) && parentOf(pid) !== 2 && !NEVER.test(read(`/proc/${pid}/comm`) ?? '');
