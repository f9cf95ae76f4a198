import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import {exists, list} from '../host.ts';
import {mounts} from '../mounts.ts';
import {run, ToolError} from '../run.ts';
import {datasets} from './kstat.ts';
import type {Log} from './params.ts';

const APART = 100;

/**
 * Zvols of the pool whose node udev has not made yet. The kernel counts what is in use: mounted file systems and zvols.
 * No process: a pool without zvols costs one look at /sys/block.
 */
export function late(pool: string): string[] {
	if (!list('/sys/block').some(name => /^zd\d/u.test(name))) {
		return [];
	}
	const mounted = new Set(
		mounts()
			.filter(({type}) => type === 'zfs')
			.map(({source}) => source),
	);
	return datasets(pool).filter(name => !(mounted.has(name) || name.includes('@') || exists(`/dev/zvol/${name}`)));
}

/** Wait for the nodes, with one kick to udev at half time. Late ones are said and do not fail the start: the pool itself is there. */
export async function zvolsReady(pool: string, seconds: number, deadline: Deadline, log: Log): Promise<void> {
	const patience = deadline.within(seconds * 1000);
	const half = patience.left() / 2;
	let kicked = false;
	for (let missing = late(pool); missing.length > 0; missing = late(pool)) {
		if (patience.left() === 0) {
			log(
				`zvols without a node after ${seconds} s: ${missing
					.slice(0, 3)
					.map(name => `/dev/zvol/${name}`)
					.join(', ')}${missing.length > 3 ? `, ${missing.length} in all` : ''}`,
			);
			return;
		}
		if (!kicked && patience.left() < half) {
			kicked = true;
			await kick(patience);
		}
		await sleep(Math.min(APART, patience.left()));
	}
}

async function kick(patience: Deadline): Promise<void> {
	try {
		await run(['udevadm', 'trigger', '--action=change', '--subsystem-match=block', '--sysname-match=zd*'], {timeout: patience.left()});
	} catch (error) {
		if (!(error instanceof ToolError)) {
			throw error;
		}
		// Without udevadm there is nothing to kick: the wait goes on.
	}
}
