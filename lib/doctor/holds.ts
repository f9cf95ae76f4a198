import {below, child, type Element} from '../cluster/xml.ts';
import {type Cluster, property, stored} from './cluster-facts.ts';
import {managed} from './fencing.ts';
import {type ClusterCheck, when} from './finding.ts';
import {INFINITY, scoreOf, yes} from './values.ts';

const pairsBelow = (from: Element | undefined): Element['at'][] => [...below(from)].filter(({tag}) => tag === 'nvpair').map(({at}) => at);

/** The attributes of a node that keep everything away from it. */
const away = ({cib}: Cluster): string[] =>
	(child(cib.configuration, 'nodes')?.children ?? []).flatMap(node =>
		pairsBelow(node)
			.filter(at => /^(standby|maintenance)$/u.test(at['name'] ?? '') && yes(at['value']))
			.map(at => `${node.at['uname']} is in ${at['name']}`),
	);

const SEE = 'crm_mon --one-shot --failcounts';

/** What keeps resources where they are, or away from where they should go. */
export const HOLDS: readonly ClusterCheck[] = [
	{
		name: 'on hold',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			[...(yes(property(cluster, 'maintenance-mode')) ? ['maintenance-mode is true'] : []), ...away(cluster)].flatMap(seen =>
				when(
					true,
					seen,
					'nothing is moved there, or watched at all, whatever happens',
					seen.startsWith('maintenance-mode')
						? 'crm_attribute --type crm_config --name maintenance-mode --delete'
						: `crm_attribute --node ${seen.split(' ')[0]} --name ${seen.split(' ').at(-1)} --delete`,
				),
			),
	},
	{
		name: 'not managed',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			stored(cluster)
				.filter(one => !managed(one))
				.flatMap(({id}) =>
					when(
						true,
						`${id} is not managed`,
						'Pacemaker watches it fail and does nothing',
						`crm_resource --meta --resource ${id} --delete-parameter is-managed`,
					),
				),
	},
	{
		name: 'moved by hand',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			cluster.constraints
				.filter(({at}) => /^cli-(ban|prefer)-/u.test(at['id'] ?? ''))
				.flatMap(({at}) =>
					when(
						true,
						`constraint ${at['id']} is left from a move by hand`,
						at['id']?.startsWith('cli-prefer')
							? `${at['rsc']} goes back to ${at['node']} as soon as that is there: a second outage after each failover`
							: `${at['rsc']} never runs on ${at['node'] ?? 'that node'}, also when the other one is lost`,
						`crm_resource --clear --resource ${at['rsc']}`,
					),
				),
	},
	{
		name: 'failed for good',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			cluster.cib.nodes.flatMap(({name, status}) =>
				pairsBelow(child(status, 'transient_attributes'))
					.filter(at => at['name']?.startsWith('fail-count-') && scoreOf(at['value']) >= INFINITY)
					.flatMap(at => {
						const [, resource = '', operation = ''] = /^fail-count-(.*?)(?:#(.*?)_\d+)?$/u.exec(at['name'] ?? '') ?? [];
						return when(
							true,
							`the fail count of ${resource} on ${name} is INFINITY${operation === '' ? '' : ` (${operation})`}`,
							`it is not started on ${name} again, so a failover has nowhere to go`,
							`${SEE} says why; then crm_resource --cleanup --resource ${resource} --node ${name}`,
						);
					}),
			),
	},
	{
		name: 'fence constraint left',
		severity: 'stuck',
		of: 'cluster',
		look: (cluster, {replication}) =>
			[...replication.values()]
				.filter(({connection, disk, peerDisk}) => connection === 'Connected' && disk === 'UpToDate' && peerDisk === 'UpToDate')
				.flatMap(({name}) =>
					cluster.constraints
						.filter(({at}) => at['id']?.startsWith(`drbd-fence-by-handler-${name}-`))
						.flatMap(({at}) =>
							when(
								true,
								`${at['id']} stands, and both sides of ${name} are UpToDate`,
								'the other node may not be promoted: there is no failover to it',
								`cibadmin --delete --xml-text '<rsc_location id="${at['id']}"/>'`,
							),
						),
				),
	},
	{
		name: 'goes back by itself',
		severity: 'slow',
		of: 'cluster',
		look: cluster =>
			cluster.constraints
				.filter(({tag, at}) => tag === 'rsc_location' && at['node'] !== undefined && !at['id']?.startsWith('cli-'))
				.flatMap(({at}) => {
					const one = stored(cluster).find(({names}) => names.includes(at['rsc'] ?? ''));
					const sticks = scoreOf(one?.meta.get('resource-stickiness') ?? String(cluster.stickiness));
					return when(
						one !== undefined && scoreOf(at['score']) > sticks,
						`${at['id']} wants ${at['rsc']} on ${at['node']} more (${at['score']}) than it sticks to where it is (${sticks})`,
						'it goes back as soon as that node returns: a second outage after each failover',
						`crm_resource --meta --resource ${at['rsc']} --set-parameter resource-stickiness --parameter-value ${scoreOf(at['score']) >= INFINITY ? 'INFINITY' : scoreOf(at['score']) + 1}`,
					);
				}),
	},
];
