import type {Deadline} from '../deadline.ts';
import {type Argv, type Result, run} from '../run.ts';
import {look} from './kstat.ts';

const APART = 500;

/**
 * Run a zpool command and keep an eye on the pool: one that is suspended meanwhile never comes back from the kernel,
 * and what is left of the operation's time is better spent on fencing this node.
 */
export async function watched(argv: Argv, pool: string, deadline: Deadline): Promise<Result> {
	const giveUp = new AbortController();
	let before = false;
	const eye = setInterval(() => {
		const now = look(pool).state === 'SUSPENDED';
		if (now && before) {
			giveUp.abort(`hangs on a pool that is SUSPENDED (${argv.slice(1).join(' ')})`);
		}
		before = now;
	}, APART);
	try {
		return await run(argv, {timeout: deadline.left(), signal: giveUp.signal});
	} finally {
		clearInterval(eye);
	}
}
