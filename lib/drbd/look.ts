import type {Deadline} from '../deadline.ts';
import {exists, read} from '../host.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {run, ToolError} from '../run.ts';
import {facts, NotEvents2} from './events2.ts';
import type {Facts} from './states.ts';

/** No look takes a second; one that does waits for a lock of the kernel's. */
const PATIENCE = 0.8;

/** Whether the kernel module is there at all: without it nothing can be configured, and no tool need be asked. */
export const moduleLoaded = (): boolean => exists('/sys/module/drbd') || exists('/proc/drbd');

/** The kernel module's version, as `8.4.11`; nothing when it is not loaded. */
export const moduleVersion = (): string | undefined =>
	/^version: (\d+\.\d+\.\d+)/mu.exec(read('/proc/drbd') ?? '')?.[1] ?? read('/sys/module/drbd/version')?.trim();

/**
 * One look at one resource, by `drbdsetup events2 --now`: one grammar and one process on 8.4 and 9.
 * Nothing when it is not configured in the kernel.
 */
export async function look(resource: string, deadline: Deadline): Promise<Facts | undefined> {
	if (!moduleLoaded()) {
		return undefined;
	}
	const answer = await run(['drbdsetup', 'events2', '--now', '--statistics', resource], {timeout: deadline.left() * PATIENCE}).catch(
		unlessEmpty,
	);
	if (!answer) {
		return undefined;
	}
	const {exit, stdout, stderr} = answer;
	if (exit === 10 || (exit !== 0 && /no such resource|unknown resource/iu.test(stderr))) {
		return undefined;
	}
	try {
		return facts(stdout, resource);
	} catch (error) {
		if (error instanceof NotEvents2) {
			throw new OcfError(OCF.ERR_GENERIC, `${error.message} (exit ${exit}) ${stderr.trim()}`, {cause: error});
		}
		throw error;
	}
}

/** Without the tools nobody can look; where the kernel itself shows that nothing is configured, nobody has to. */
function unlessEmpty(error: unknown): undefined {
	const text = read('/proc/drbd');
	if (error instanceof ToolError && error.fault === 'missing') {
		if (text?.startsWith('version: 8.4.') && !/^ *\d+: cs:(?!Unconfigured)/mu.test(text)) {
			return;
		}
		throw new OcfError(
			OCF.ERR_GENERIC,
			`${error.message}, but the module drbd is loaded: nobody can tell what is configured; install drbd-utils`,
			{
				cause: error,
			},
		);
	}
	throw error;
}
