const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What must not be left half done: a signal that comes meanwhile counts afterwards. */
export async function undisturbed<T>(work: () => Promise<T>): Promise<T> {
	let told: NodeJS.Signals | undefined;
	const note = (signal: NodeJS.Signals): void => {
		told = signal;
	};
	const before = SIGNALS.map(signal => [signal, process.rawListeners(signal) as NodeJS.SignalsListener[]] as const);
	for (const signal of SIGNALS) {
		process.removeAllListeners(signal);
		process.on(signal, note);
	}
	try {
		return await work();
	} finally {
		for (const [signal, listeners] of before) {
			process.removeListener(signal, note);
			for (const listener of listeners) {
				process.on(signal, listener);
			}
		}
		if (told) {
			process.kill(process.pid, told);
		}
	}
}
