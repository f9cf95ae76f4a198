import type {Deadline} from '../deadline.ts';
import {run, ToolError} from '../run.ts';

/** How long the cluster gathers changes of a node attribute before it writes them down. */
const DAMPENING = '30s';

/** One attribute update may take so long; it is never worth an operation. */
const PATIENCE = 5000;

/**
 * Set or remove this instance's promotion score, until reboot (crm_attribute --promotion, Pacemaker >= 2.1).
 * Needs OCF_RESOURCE_INSTANCE in the environment. Gives why it could not be told, or nothing.
 */
export function promotionScore(score: number | undefined, deadline: Deadline): Promise<string | undefined> {
	return tell(['crm_attribute', '--promotion', '-l', 'reboot', ...(score === undefined ? ['-D'] : ['-v', `${score}`])], deadline);
}

/**
 * Publish a transient attribute of this node, for placement rules and people. Gives why it could not be told, or nothing.
 * Dampened: an attribute that reaches the CIB makes the scheduler start over, and a failover must not wait for that.
 */
export function nodeAttribute(name: string, value: string, deadline: Deadline): Promise<string | undefined> {
	return tell(['attrd_updater', '-n', name, '-B', value, '-d', DAMPENING], deadline);
}

/**
 * Publish or (no value) remove an attribute of this node at once: for what is rare and somebody has to hear of, as it is the change of
 * an attribute that Pacemaker calls its alert agents for. Gives why it could not be told, or nothing.
 */
export function urgentAttribute(name: string, value: string | undefined, deadline: Deadline): Promise<string | undefined> {
	return tell(['attrd_updater', '-n', name, ...(value === undefined ? ['-D'] : ['-B', value, '-d', '0'])], deadline);
}

async function tell(argv: readonly [string, ...string[]], deadline: Deadline): Promise<string | undefined> {
	try {
		const {exit, stderr} = await run(argv, {timeout: Math.max(1, Math.min(PATIENCE, deadline.left()))});
		return exit === 0 ? undefined : `${argv[0]} ended with ${exit}: ${stderr.trim().split('\n').at(-1) ?? ''}`;
	} catch (error) {
		if (error instanceof ToolError) {
			return error.message;
		}
		throw error;
	}
}
