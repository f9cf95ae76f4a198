/** Milliseconds between two looks: the least, and the most that it grows to while they show nothing new. */
export interface Pace {
	least: number;
	most: number;
}

/**
 * Gives what wakes a look: at once after some quiet, one at a time, and however often it is woken meanwhile, one more. A source that
 * has much to say, and nothing new, is looked at ever more rarely. `look` gives whether it saw something new.
 */
export function looker(look: () => Promise<boolean>, {least, most}: Pace, signal: AbortSignal): () => void {
	let [last, pause] = [Number.NEGATIVE_INFINITY, least];
	let state: 'idle' | 'due' | 'looking' | 'again' = 'idle';
	const go = async (): Promise<void> => {
		if (signal.aborted) {
			return;
		}
		state = 'looking';
		const news = await look().catch(() => false);
		last = performance.now();
		pause = news ? least : Math.min(most, pause * 2);
		const more = (state as string) === 'again';
		state = 'idle';
		if (more) {
			wake();
		}
	};
	const wake = (): void => {
		if (signal.aborted) {
			return;
		}
		if (state === 'looking') {
			state = 'again';
		} else if (state === 'idle') {
			state = 'due';
			setTimeout(() => void go(), Math.max(0, last + pause - performance.now())).unref();
		}
	};
	return wake;
}
