import type {Runner} from '../cluster/cib.ts';
import type {Facts} from '../drbd/states.ts';
import {ToolError} from '../run.ts';
import type {Asking} from './scene.ts';
import {now} from './volumes.ts';

const PATIENCE = 10_000;

/** Have the cluster fence a node, which is asked for by this attribute of it. Gives how that went. */
export async function terminate(node: string, run: Runner): Promise<string> {
	const {exit} = await run(['crm_attribute', '-t', 'status', '-N', node, '-n', 'terminate', '-v', 'true'], {timeout: PATIENCE}).catch(
		() => ({exit: 1}),
	);
	return exit === 0 ? 'the cluster was asked to fence this node' : 'the cluster could not be asked to fence this node';
}

/**
 * Have this node fenced, where --fence-self wants it and DRBD still shows the reason: to shoot a healthy node is the worst that a
 * handler can do, so one that cannot see is left alone. Gives what was done; nothing where nobody asked for it.
 */
export async function fenceSelf(doomed: (seen: Facts) => boolean, asking: Asking): Promise<string | undefined> {
	const {told, options, trace} = asking;
	if (!options.fenceSelf) {
		return undefined;
	}
	const seen = await now(asking, told.minors);
	if (!(seen && doomed(seen))) {
		return 'this node is not fenced: DRBD does not show the reason any more';
	}
	if (options.dryRun) {
		return 'would ask the cluster to fence this node';
	}
	const me = await trace.run(['crm_node', '-n'], {timeout: PATIENCE}).catch(unlessTool);
	return me?.exit === 0 && me.stdout.trim() ? terminate(me.stdout.trim(), trace.run) : 'the cluster does not say what this node is called';
}

function unlessTool(error: unknown): undefined {
	if (!(error instanceof ToolError)) {
		throw error;
	}
}
