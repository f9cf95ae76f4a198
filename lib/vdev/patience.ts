import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';

/** How long a device may leave us waiting, in milliseconds. What this process computes meanwhile, as a label's checksum, is not waiting. */
const PATIENCE = 3000;
const LEAST = 100;

/** What a device answers; `late`, with the reason, when that takes too long. */
export async function patiently<Answer>(answer: Promise<Answer>, late: (why: string) => Answer, deadline: Deadline): Promise<Answer> {
	const most = Math.max(LEAST, deadline.left() / 2);
	const patience = Math.min(PATIENCE, most);
	const answered = new AbortController();
	const slow = waited(patience, most, answered.signal).then(() => late(`gave no answer within ${(patience / 1000).toFixed(1)} s`));
	// What is aborted has lost the race.
	slow.catch(() => undefined);
	try {
		return await Promise.race([answer, slow]);
	} finally {
		answered.abort();
	}
}

/** Until so many milliseconds were waited, or `most` have passed. In an emulated node some labels took over three seconds to be parsed. */
async function waited(patience: number, most: number, signal: AbortSignal): Promise<void> {
	const begun = performance.now();
	const before = process.cpuUsage();
	for (let left = patience; left > 0; ) {
		await sleep(left, undefined, {signal});
		const {user, system} = process.cpuUsage(before);
		const passed = performance.now() - begun;
		left = Math.min(most, patience + (user + system) / 1000) - passed;
	}
}
