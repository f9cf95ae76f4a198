/** Waiting for a condition, with a limit: never for a number of seconds. */
import {setTimeout} from 'node:timers/promises';

export class Late extends Error {
	override name = 'Late';
}

/** Asks until the answer is neither undefined nor false; a question that throws counts as "not yet". */
export async function until<T>(
	what: string,
	limit: number,
	probe: () => Promise<T | undefined | false> | T | undefined | false,
	pause = 250,
): Promise<T> {
	const end = performance.now() + limit * 1000;
	let last = '';
	do {
		try {
			const answer = await probe();
			if (answer !== undefined && answer !== false) {
				return answer;
			}
		} catch (error) {
			last = error instanceof Error ? error.message : String(error);
		}
		await setTimeout(pause);
	} while (performance.now() < end);
	throw new Late(`${what}: not within ${limit} s${last ? ` (${last.slice(0, 300)})` : ''}`);
}
