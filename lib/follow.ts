import {type Argv, killTree, notStarted, starter} from './run.ts';

/** A line is no longer than this: what never ends one is no source of events. */
const LONGEST = 64 * 1024;

/**
 * Run a program that prints a line an event, until it ends or the signal comes. Gives how it ended, as a sentence: a program that
 * is followed is not expected to. Nothing when it was the signal.
 */
export async function follow(argv: Argv, line: (text: string) => void, signal: AbortSignal): Promise<string | undefined> {
	const [file] = argv;
	const start = await starter();
	if (signal.aborted) {
		return undefined;
	}
	return new Promise(resolve => {
		const child = start(argv, 'ignore');
		let [rest, said] = ['', ''];
		let flood = false;
		const stop = (): void => killTree(child.pid);
		signal.addEventListener('abort', stop, {once: true});
		const finish = (how: string): void => {
			signal.removeEventListener('abort', stop);
			child.stdout?.destroy();
			child.stderr?.destroy();
			resolve(signal.aborted ? undefined : how);
		};
		child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
			const lines = (rest + chunk).split('\n');
			rest = lines.pop() ?? '';
			lines.forEach(line);
			if (rest.length > LONGEST) {
				flood = true;
				stop();
			}
		});
		child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
			said = (said + chunk).slice(-LONGEST);
		});
		child.once('error', (error: NodeJS.ErrnoException) => finish(notStarted(file, error).message));
		child.once('exit', (code, killer) => {
			const words = said.trim().split('\n').at(-1);
			const how = killer ? `was killed by ${killer}` : `ended with ${code}${words ? `: ${words}` : ''}`;
			finish(`${argv.slice(0, 2).join(' ')} ${flood ? 'printed a line without an end' : how}`);
		});
	});
}
