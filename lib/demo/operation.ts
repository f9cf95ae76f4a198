import {DRBD} from './cluster.ts';
import type {Host} from './host.ts';
import {type Ended, runProgram} from './program.ts';
import {POOL, RESOURCE, type World} from './world.ts';

/** Seconds as an administrator would configure them: the timeline is compressed, the programs are not told. */
const TIMEOUTS: Record<string, number> = {start: 60, stop: 60, promote: 60, demote: 60, monitor: 20};

/** One operation of one of the built agents, as Pacemaker runs and records it. */
export async function operation(world: World, host: Host, resource: string, action: string, interval = 0): Promise<Ended> {
	const type = resource === DRBD ? 'drbd' : 'zpool';
	const timeout = (TIMEOUTS[action] ?? 20) * 1000;
	const ended = await runProgram(world, host, `usr/lib/ocf/resource.d/twinpool/${type}`, {
		kind: 'program',
		label: action === 'monitor' && interval === 0 ? `${type} probe` : `${type} ${action}`,
		args: [action],
		env: ocf(host, resource, action, timeout, interval),
		timeout,
		quiet: action === 'monitor' && interval > 0,
	});
	if (!ended.cut) {
		world.cluster.record(host.name, resource, action, ended.exit);
	}
	return ended;
}

/** The environment of an operation, as Pacemaker 2.1.5 gives it. */
export function ocf(host: Host, resource: string, action: string, timeout: number, interval = 0): Record<string, string> {
	const clone = {
		clone: '0',
		clone_max: '2',
		clone_node_max: '1',
		promoted_max: '1',
		promoted_node_max: '1',
		master_max: '1',
		master_node_max: '1',
		notify: 'false',
		promotable: 'true',
		globally_unique: 'false',
	};
	const meta = {
		...(resource === DRBD ? clone : {}),
		timeout: `${timeout}`,
		name: action,
		on_node: host.name,
		on_node_uuid: `${host.id + 1}`,
		...(interval ? {interval: `${interval}`} : {}),
	};
	return {
		LC_ALL: 'C',
		HOME: '/root',
		OCF_ROOT: '/usr/lib/ocf',
		OCF_RA_VERSION_MAJOR: '1',
		OCF_RA_VERSION_MINOR: '1',
		OCF_EXIT_REASON_PREFIX: 'ocf-exit-reason:',
		OCF_RESOURCE_INSTANCE: resource,
		OCF_RESOURCE_TYPE: resource === DRBD ? 'drbd' : 'zpool',
		OCF_RESOURCE_PROVIDER: 'twinpool',
		OCF_RESKEY_crm_feature_set: '3.16.1',
		...Object.fromEntries(Object.entries(meta).map(([key, value]) => [`OCF_RESKEY_CRM_meta_${key}`, value])),
		...(resource === DRBD ? {OCF_RESKEY_drbd_resource: RESOURCE} : {OCF_RESKEY_pool: POOL}),
	};
}
