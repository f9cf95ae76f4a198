import type {Deadline} from '../deadline.ts';
import {run, ToolError} from '../run.ts';
import {GlusterError} from './xml.ts';

/** A command that has to ask the other glusterd waits for it for two minutes, and its lock for three. */
const MOST = 30_000;

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
