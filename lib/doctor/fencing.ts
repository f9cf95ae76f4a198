import {child} from '../cluster/xml.ts';
import {type Cluster, devices, nodesOf, type Primitive, property, stored} from './cluster-facts.ts';
import {type ClusterCheck, when} from './finding.ts';
import {no, scoreOf, seconds, yes} from './values.ts';

/** For trying Pacemaker out: they turn nothing off. */
const TOYS = /^stonith:(fence_dummy|fence_null|external\/ssh|external\/null|ssh|null)$/u;
const PROPERTY = (name: string, value: string): string => `crm_attribute --type crm_config --name ${name} --update ${value}`;

/** The nodes that a device is told to fence; nothing when it finds that out by itself. */
function hostsOf({parameters}: Primitive): string[] | undefined {
	const listed = parameters.get('pcmk_host_list')?.split(/[\s,;]+/u) ?? [];
	const mapped =
		parameters
			.get('pcmk_host_map')
			?.split(/[\s,;]+/u)
			.map(pair => pair.split(/[:=]/u)[0] ?? '') ?? [];
	const all = [...listed, ...mapped].filter(Boolean);
	return all.length > 0 ? all : undefined;
}

/** The last start or monitor of a device on each node that it ran on failed. */
function failed(cluster: Cluster, {id}: Primitive): string | undefined {
	const histories = cluster.cib.nodes.flatMap(({name, status}) =>
		(child(status, 'lrm', 'lrm_resources')?.children ?? [])
			.filter(({at}) => at['id'] === id)
			// What still runs has not failed.
			.map(({children}) => ({name, done: children.filter(({at}) => at['op-status'] !== '-1')}))
			.map(({done}) => ({name, last: [...done].sort((one, two) => Number(two.at['call-id']) - Number(one.at['call-id']))[0]})),
	);
	const bad = histories.filter(
		({last}) => /^(start|monitor)$/u.test(last?.at['operation'] ?? '') && !/^(0|7)$/u.test(last?.at['rc-code'] ?? '0'),
	);
	const good = histories.some(({last}) => last?.at['rc-code'] === '0' && last.at['operation'] !== 'stop');
	const [first] = bad;
	return good || !first?.last ? undefined : `${first.last.at['operation']} on ${first.name} ended with ${first.last.at['rc-code']}`;
}

const delayed = (cluster: Cluster): boolean =>
	(seconds(property(cluster, 'priority-fencing-delay')) ?? 0) > 0 ||
	devices(cluster).some(({parameters}) =>
		['pcmk_delay_base', 'pcmk_delay_max', 'delay'].some(name => /[1-9]/u.test(parameters.get(name) ?? '')),
	);

export const FENCING: readonly ClusterCheck[] = [
	{
		name: 'STONITH off',
		severity: 'loss',
		of: 'cluster',
		look: cluster =>
			when(
				no(property(cluster, 'stonith-enabled')) && stored(cluster).length > 0,
				'stonith-enabled is false',
				'a node that is out of reach is taken for dead while it may go on writing: both sides write, and one of them is thrown away',
				`once its devices were tried: ${PROPERTY('stonith-enabled', 'true')}`,
			),
	},
	{
		name: 'STONITH of a test',
		severity: 'loss',
		of: 'cluster',
		look: cluster =>
			devices(cluster)
				.filter(({agent}) => TOYS.test(agent))
				.flatMap(({id, agent}) =>
					when(
						true,
						`${id} is ${agent}`,
						'it says that a node is off and turns nothing off: the survivor goes on beside it',
						`a device that cuts the power, instead of ${id}: "stonith_admin --list-installed" has the agents`,
					),
				),
	},
	{
		name: 'start-up fencing off',
		severity: 'loss',
		of: 'cluster',
		look: cluster =>
			when(
				no(property(cluster, 'startup-fencing')),
				'startup-fencing is false',
				'a node that has not been seen since the start counts as down, and may have the pool',
				PROPERTY('startup-fencing', 'true'),
			),
	},
	{
		name: 'quorum ignored',
		severity: 'loss',
		of: 'cluster',
		look: cluster =>
			when(
				property(cluster, 'no-quorum-policy') === 'ignore',
				'no-quorum-policy is ignore',
				'a node that boots alone starts the storage and fences the one that has it; corosync has two_node for two nodes',
				PROPERTY('no-quorum-policy', 'stop'),
			),
	},
	{
		name: 'fence_virsh',
		severity: 'loss',
		of: 'cluster',
		look: cluster =>
			devices(cluster)
				.filter(({agent}) => agent === 'stonith:fence_virsh')
				.flatMap(({id}) =>
					when(
						true,
						`${id} is fence_virsh`,
						'it takes a guest that is "in shutdown" or "crashed" for off, and its qemu may still write',
						`fence_libvirt takes the same parameters: crm configure edit ${id}`,
					),
				),
	},
	{
		name: 'no fence device',
		severity: 'stuck',
		of: 'cluster',
		look(cluster) {
			const covered = devices(cluster).map(hostsOf);
			// A node that turns itself off by its watchdog (sbd) needs no device.
			const watchdog = (seconds(property(cluster, 'stonith-watchdog-timeout')) ?? 0) > 0;
			const bare = nodesOf(cluster).filter(node => !covered.some(hosts => hosts === undefined || hosts.includes(node)));
			return when(
				!(watchdog || no(property(cluster, 'stonith-enabled'))) && stored(cluster).length > 0 && bare.length > 0,
				`no fence device is for ${bare.join(' and ')}`,
				'when it is lost nobody can turn it off, and nobody takes over',
				`a stonith resource with pcmk_host_list=${bare[0]}; "twinpool configure" writes one a node`,
			);
		},
	},
	{
		name: 'fence device failed',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			devices(cluster).flatMap(device => {
				const how = failed(cluster, device);
				return when(
					how !== undefined,
					`fence device ${device.id} does not work: its ${how}`,
					'the node that it is for cannot be fenced, and nobody takes over from it',
					`journalctl -u pacemaker | grep ${device.id} has what it said; then crm_resource --cleanup --resource ${device.id}`,
				);
			}),
	},
	{
		name: 'fence race',
		severity: 'stuck',
		of: 'cluster',
		look: (cluster, {record}) =>
			when(
				nodesOf(cluster).length === 2 &&
					devices(cluster).length > 0 &&
					!no(property(cluster, 'stonith-enabled')) &&
					!delayed(cluster) &&
					!/^\s*device\s*\{/mu.test(record.texts.corosync ?? ''),
				'neither priority-fencing-delay nor a pcmk_delay is set',
				'when the link between the nodes is cut they turn each other off at the same time, and nothing runs',
				`${PROPERTY('priority-fencing-delay', '20s')}, and priority=10 as a meta attribute of the pool`,
			),
	},
	{
		name: 'delay without priority',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			when(
				(seconds(property(cluster, 'priority-fencing-delay')) ?? 0) > 0 &&
					!cluster.primitives.some(({meta}) => scoreOf(meta.get('priority')) !== 0) &&
					!devices(cluster).some(({parameters}) =>
						/[1-9]/u.test(`${parameters.get('pcmk_delay_base') ?? ''}${parameters.get('pcmk_delay_max') ?? ''}`),
					),
				'priority-fencing-delay is set, and no resource has a priority',
				'the delay is for the node with the higher priority, so there is none: when the link is cut both nodes turn each other off',
				`crm_resource --meta --resource ${stored(cluster)[0]?.id ?? 'POOL'} --set-parameter priority --parameter-value 10`,
			),
	},
];

/** Whether the cluster fences at all. */
export const fences = (cluster: Cluster): boolean => !no(property(cluster, 'stonith-enabled')) && devices(cluster).length > 0;
export const managed = ({meta}: Primitive): boolean => !(no(meta.get('is-managed')) || yes(meta.get('maintenance')));
