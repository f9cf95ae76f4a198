/** Our agents, called as the cluster manager does, while it looks on. */
import {type Node, pool} from './config.ts';
import {kinds} from './kind.ts';
import {seconds} from './report.ts';
import {ask, sh} from './ssh.ts';

const agents = {
	leg: kinds.leg.leg,
	zpool: kinds.leg.zpool,
	/** On whatever is mounted where the pool is otherwise. */
	guests: {provider: 'twinpool', type: 'guests', parameters: {mountpoint: `/${pool}`, uri: 'qemu:///system', stop_timeout: '10'}},
} as const;
type Name = keyof typeof agents;
/** Seconds, as the cluster would give them. */
const given = {start: 90, stop: 60, monitor: 60};
type Action = keyof typeof given;

export interface Answer {
	exit: number;
	says: string;
	took: number;
}

export const maintenance = (on: boolean): Promise<string> =>
	sh('alpha', `crm_attribute -t crm_config -n maintenance-mode ${on ? '-v true' : '-D'}`);

export async function act(node: Node, agent: Name, action: Action, more: Record<string, string> = {}): Promise<Answer> {
	const {provider, type, parameters} = agents[agent];
	const values = Object.entries({...parameters, ...more}).map(([name, value]) => `OCF_RESKEY_${name}='${value}'`);
	const meta = [
		'OCF_ROOT=/usr/lib/ocf',
		`OCF_RESOURCE_INSTANCE=${agent === 'zpool' ? pool : agent}`,
		`OCF_RESKEY_CRM_meta_timeout=${given[action] * 1000}`,
		`OCF_RESKEY_CRM_meta_on_node=${node}`,
	];
	const began = performance.now();
	const line = `env ${meta.join(' ')} ${values.join(' ')} /usr/lib/ocf/resource.d/${provider}/${type} ${action} 2>&1`;
	const {exit = -1, stdout} = await ask(node, line, given[action] + 30);
	return {exit, says: stdout, took: (performance.now() - began) / 1000};
}

/** It works, within its time. */
export async function good(node: Node, agent: Name, action: Action): Promise<Answer> {
	const answer = await act(node, agent, action);
	if (answer.exit !== 0 || answer.took > given[action]) {
		throw new Error(`${agent} ${action}: exit ${answer.exit} after ${seconds(answer.took)} s: ${answer.says}`);
	}
	return answer;
}
