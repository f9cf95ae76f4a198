import type {Deadline} from '../deadline.ts';
import {run, ToolError} from '../run.ts';
import {GlusterError} from './xml.ts';

/** A command that has to ask the other glusterd waits for it for two minutes, and its lock for three. */
const MOST = 30_000;

/** How long a prompt may be kept open: as long as a node may take to be fenced. */
const OPEN = 300_000;

/** A gluster that has started and waits for its one command. */
export interface Prompt {
	/** What it prints; nothing when it did not live to say anything, or has been asked before. */
	ask(args: readonly string[], timeout: number): Promise<string>;
	close(): void;
}

/** Its start is half of what a command takes (it asks a python for a version): begun while there is something else to wait for. */
export function prompt(): Prompt {
	const abort = new AbortController();
	let say: (line: string) => void = () => undefined;
	const input = new Promise<string>(resolve => {
		say = resolve;
	});
	const said = run(['gluster', '--mode=script', '--xml'], {timeout: OPEN, input, signal: abort.signal}).then(
		// Without a glusterd it says no more than its greeting.
		({stdout}) => /<.*/su.exec(stdout)?.[0] ?? '',
		() => '',
	);
	return {
		ask(args, timeout) {
			const late = setTimeout(() => abort.abort('was given up'), timeout);
			say(`${args.join(' ')}\n`);
			return said.finally(() => clearTimeout(late));
		},
		close: () => say(''),
	};
}

/**
 * What gluster prints.
 * @throws {GlusterError} no answer in time (a peer that counts as connected and is not holds every command up), or none in XML
 */
export async function gluster(args: readonly string[], deadline: Deadline, signal?: AbortSignal): Promise<string> {
	const timeout = Math.max(1, Math.min(MOST, deadline.left()));
	try {
		const {stdout, stderr, exit} = await run(['gluster', '--mode=script', '--xml', ...args], {timeout, ...(signal && {signal})});
		if (!stdout.trimStart().startsWith('<')) {
			throw new GlusterError(
				`gluster ${args.slice(0, 3).join(' ')} ended with ${exit}: ${(stderr || stdout).trim().split('\n')[0] ?? ''}`,
				0,
			);
		}
		return stdout;
	} catch (error) {
		throw error instanceof ToolError && error.fault === 'timeout' ? new GlusterError(error.message, 0) : error;
	}
}
