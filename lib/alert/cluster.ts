import type {Deadline} from '../deadline.ts';
import {type Argv, run, ToolError} from '../run.ts';
import {digest, type Event} from './event.ts';
import {clean} from './words.ts';

/** For one question to Pacemaker, in milliseconds: a message does not wait for it. */
const PATIENCE = 3000;

/** What Pacemaker answers; nothing when it does not. */
async function ask(argv: Argv, deadline: Deadline): Promise<string | undefined> {
	try {
		const {exit, stdout} = await run(argv, {timeout: Math.min(PATIENCE, deadline.left() / 4)});
		return exit === 0 ? stdout.trim() : undefined;
	} catch (error) {
		if (error instanceof ToolError) {
			return undefined;
		}
		throw error;
	}
}

/** The cluster's name, as corosync.conf has it. */
export async function clusterName(deadline: Deadline): Promise<string> {
	return (
		clean(await ask(['crm_attribute', '--type', 'crm_config', '--name', 'cluster-name', '--query', '--quiet'], deadline), 60) || 'cluster'
	);
}

/** Every node hears of a fencing: the one that ordered it tells, and all of them where nobody knows who that was. */
export async function ours({origin}: Event, deadline: Deadline): Promise<boolean> {
	const own = origin && (await ask(['crm_node', '--name'], deadline));
	return !own || own === origin;
}

/**
 * The cluster's own memory, since another node repeats every attribute when it takes over writing them: a private attribute, which
 * is in the attribute daemons alone and goes with the node, as the one that was told of does.
 */
const marker = ({attribute, node}: Event, recipient: string): readonly string[] => [
	`--name=twinpool-told-${digest(recipient, 12)}-${attribute}`,
	`--node=${node}`,
];

/** Whether any node has told it. */
export async function toldByAnyone(event: Event, recipient: string, deadline: Deadline): Promise<boolean> {
	if (event.attribute === undefined || event.identity === undefined) {
		return false;
	}
	const said = await ask(['attrd_updater', '--query', ...marker(event, recipient)], deadline);
	return said?.includes(`value="${event.identity}"`) ?? false;
}

/** Leave word that it was told, or, when it is over, that nothing is: the next one may look just the same. */
export async function markTold(event: Event, recipient: string, deadline: Deadline): Promise<void> {
	if (event.attribute !== undefined) {
		const value = event.identity === undefined ? '--delete' : `--update=${event.identity}`;
		await ask(['attrd_updater', '--private', ...marker(event, recipient), value], deadline);
	}
}
