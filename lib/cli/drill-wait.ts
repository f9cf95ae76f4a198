import {setTimeout as sleep} from 'node:timers/promises';
import {lastWord} from '../lifecycle.ts';
import {type Argv, run} from '../run.ts';

const PAUSE = 250;
/** Between two questions to the cluster: they are programs, on a node that has enough to do. */
export const ASKED = 1000;

/** @throws {Error} what it said */
export async function command(argv: Argv, timeout: number, signal: AbortSignal): Promise<void> {
	const result = await run(argv, {timeout, signal});
	if (result.exit !== 0) {
		throw new Error(lastWord(result));
	}
}

/** @throws {Error} it did not come to it in time, or somebody pressed Ctrl-C */
export async function until(
	what: () => string,
	patience: number,
	signal: AbortSignal,
	holds: () => boolean | Promise<boolean>,
	pause = PAUSE,
): Promise<void> {
	const end = performance.now() + patience;
	while (!(await holds())) {
		signal.throwIfAborted();
		if (performance.now() > end) {
			throw new Error(`${what()}: not within ${Math.round(patience / 1000)} s`);
		}
		await sleep(pause, undefined, {signal}).catch(() => undefined);
	}
}
