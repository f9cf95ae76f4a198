import {type Deadline, deadlineOf} from '../deadline.ts';
import {age} from '../host.ts';
import {killAll, ToolError, whenTold} from '../run.ts';
import {type Code, OCF, OcfError, oneLine} from './codes.ts';
import {type Env, type Params, parse, type Values} from './params.ts';

/** How long an action may take and how often it comes: whole seconds. */
export interface Times {
	timeout: number;
	interval?: number;
	role?: 'Promoted' | 'Unpromoted';
	depth?: number;
}

/** What an action is given: its parameters, its time, and the cluster manager's own words about it. */
export interface Call<V> {
	action: string;
	params: V;
	deadline: Deadline;
	env: Env;
	/** A monitor that runs once, on a node where the resource may never have been. */
	probe: boolean;
	log(sentence: string): void;
}

export type Handler<V> = (call: Call<V>) => Promise<Code>;

/** One declaration: parsing, metadata, manual, README table and exit codes follow from it. */
export interface Agent<P extends Params = Params> {
	name: string;
	version: string;
	short: string;
	long: string;
	params: P;
	/** In the order of the metadata; `meta-data` and `validate-all` come by themselves. */
	actions: Record<string, Times[]>;
	perform: Record<string, Handler<Values<P>>>;
}

const PROMPT = 'ocf-exit-reason:';

/** Declares an agent; only here for its types. */
export const defineAgent = <P extends Params>(agent: Agent<P>): Agent<P> => agent;

/**
 * Run one action as a cluster manager asks for it and give its exit code. Never throws, prints one reason at most.
 */
export async function main<P extends Params>(agent: Agent<P>, action: string | undefined, env: Env = process.env): Promise<Code> {
	if (action === 'meta-data') {
		const {metadata} = await import('./metadata.ts');
		process.stdout.write(metadata(agent as unknown as Agent));
		return OCF.SUCCESS;
	}
	const perform = action !== undefined && Object.hasOwn(agent.perform, action) ? agent.perform[action] : undefined;
	if (action === undefined || !perform) {
		process.stderr.write(`usage: ${agent.name} {${[...Object.keys(agent.perform), 'meta-data'].join('|')}}\n`);
		return action === 'usage' || action === 'help' ? OCF.SUCCESS : OCF.ERR_UNIMPLEMENTED;
	}
	const probe = action === 'monitor' && (env['OCF_RESKEY_CRM_meta_interval'] ?? '0') === '0';
	const timeout = Number(env['OCF_RESKEY_CRM_meta_timeout']) || (agent.actions[action]?.[0]?.timeout ?? 20) * 1000;
	const deadline = deadlineOf(timeout, performance.now() - age());
	whenTold(waiting => process.stderr.write(`${PROMPT}${oneLine(`${action} was told to end while waiting for ${waiting}`)}\n`));
	try {
		const params = parse(agent.params, env, action === 'stop');
		return await perform({
			action,
			params,
			deadline,
			env,
			probe,
			log: sentence => process.stderr.write(`${agent.name} ${action}: ${oneLine(sentence)}\n`),
		});
	} catch (error) {
		const {code, message} = failure(error, action, probe);
		process.stderr.write(`${PROMPT}${oneLine(message)}\n`);
		return code;
	} finally {
		killAll();
	}
}

/** The exit code and the sentence for whatever went wrong: a stop that cannot know fails, a probe without the software is 7. */
function failure(error: unknown, action: string, probe: boolean): {code: Code; message: string} {
	if (error instanceof OcfError) {
		if (action === 'stop' && error.code === OCF.ERR_CONFIGURED) {
			// Nothing can have been started under a name that was never given: no reason to shoot the node.
			return {code: OCF.SUCCESS, message: `${error.message}; nothing to stop`};
		}
		return error;
	}
	if (error instanceof ToolError && error.fault === 'missing') {
		const code = action === 'stop' ? OCF.ERR_GENERIC : OCF.ERR_INSTALLED;
		return {code: probe ? OCF.NOT_RUNNING : code, message: error.message};
	}
	return {code: OCF.ERR_GENERIC, message: error instanceof Error ? error.message : String(error)};
}
