import {existsSync, watch} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {follow} from '../follow.ts';
import {at} from '../host.ts';
import type {Argv} from '../run.ts';

/** Something that tells when it changes. */
export interface Source {
	/** What people call it. */
	name: string;
	/** Whether it is here to be followed: a kernel module, a folder. What is not is no trouble. */
	there(): boolean;
	/** Follow it until it ends or the signal comes. Gives how it ended. */
	follow(signal: AbortSignal): Promise<string | undefined>;
}

/** Milliseconds: between the end of a source and its next start, doubled each time; and until it counts as being back. */
const LEAST = 500;
const MOST = 30_000;
const SETTLED = 1000;
/** Between two looks whether something has come that was not here: a file each. */
const ABSENT = 5000;

/** Follow a source for as long as we run: what ends is begun again, later each time. `say` is told why it is away, or nothing when it is back. */
export async function supervise(source: Source, signal: AbortSignal, say: (why: string | undefined) => void): Promise<void> {
	for (let pause = LEAST; !signal.aborted; ) {
		if (!source.there()) {
			say(undefined);
			await wait(ABSENT, signal);
			continue;
		}
		const begun = performance.now();
		const back = setTimeout(say, SETTLED, undefined);
		const how = await source.follow(signal).catch(String);
		clearTimeout(back);
		if (signal.aborted) {
			return;
		}
		pause = performance.now() - begun > MOST ? LEAST : pause;
		if (source.there()) {
			say(`${how ?? 'ended'}; again in ${pause / 1000} s`);
		}
		await wait(pause, signal);
		pause = Math.min(pause * 2, MOST);
	}
}

/** Nothing but time, unless we are told to end. */
export const wait = (milliseconds: number, signal: AbortSignal): Promise<void> =>
	sleep(milliseconds, undefined, {signal}).catch(() => undefined);

/** A program that prints a line an event. */
export const program = ({there, begun}: {there(): boolean; begun?(): void}, argv: Argv, line: (text: string) => void): Source => ({
	name: argv.slice(0, 2).join(' '),
	there,
	follow(signal) {
		begun?.();
		return follow(argv, line, signal);
	},
});

/** A folder whose files tell: the kernel says when one is written, comes or goes, and no program is needed. */
export const folder = (path: string, which: (file: string) => boolean, changed: () => void): Source => ({
	name: path,
	there: () => existsSync(at(path)),
	follow: signal =>
		new Promise(resolve => {
			const watcher = watch(at(path), {signal});
			// What happened before it was watched.
			changed();
			watcher.on('change', (_, file) => {
				if (!existsSync(at(path))) {
					watcher.close();
				} else if (which(`${file}`)) {
					changed();
				}
			});
			watcher.once('error', error => resolve(error.message));
			watcher.once('close', () => resolve(`${path} is gone`));
		}),
});
