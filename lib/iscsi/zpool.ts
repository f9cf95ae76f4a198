import type {Deadline} from '../deadline.ts';
import {type Argv, type Result, run} from '../run.ts';
import {type PoolStatus, poolStatus} from '../vdev/status.ts';
import type {Kept} from './kept.ts';
import {isHeld, sessionsTo, type Where} from './session.ts';

/** Milliseconds. */
const LOOK_UP = 300;

/** While zpool waits for a leg that is lost meanwhile, nobody lets that go: then it is given up. */
async function unlessLost(where: Where, argv: Argv, timeout: number): Promise<Result> {
	const lost = new AbortController();
	const watch = setInterval(() => {
		if (isHeld(sessionsTo(where)[0])) {
			lost.abort('was given up: the session was lost meanwhile');
		}
	}, LOOK_UP);
	try {
		return await run(argv, {timeout: Math.max(1, timeout), signal: lost.signal});
	} finally {
		clearInterval(watch);
	}
}

/** What zpool said in this pass, unless it was told something since. */
export async function statusOf({pool, where, memory}: Kept, deadline: Deadline): Promise<PoolStatus> {
	if (!memory.status) {
		// Read first: a command that fails from now on is another look's.
		const errors = sessionsTo(where)[0]?.disk?.errors ?? '';
		const {stdout} = await unlessLost(where, ['zpool', 'status', '-gp', pool], Math.min(5000, deadline.left()));
		memory.status = {at: performance.now(), errors, seen: poolStatus(stdout)};
	}
	return memory.status.seen;
}

/** Nothing when it went well; else why not. What was known of the pool is old afterwards. */
export async function zpool({memory, where}: Kept, args: readonly string[], deadline: Deadline): Promise<string | undefined> {
	try {
		const {exit, stderr} = await unlessLost(where, ['zpool', ...args], deadline.left());
		return exit === 0 ? undefined : `zpool ${args[0]} ended with ${exit}: ${stderr.trim().split('\n')[0] ?? ''}`;
	} finally {
		memory.status = undefined;
	}
}
