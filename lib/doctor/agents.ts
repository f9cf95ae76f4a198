import {below} from '../cluster/xml.ts';
import {type Cluster, DRBD, is, LEG, POOL, type Primitive, property, stored} from './cluster-facts.ts';
import type {Facts} from './facts.ts';
import {type ClusterCheck, when} from './finding.ts';
import {INFINITY, scoreOf, yes} from './values.ts';

/** Whether two resources are bound to each other by a constraint of this kind. */
function bound(cluster: Cluster, kind: 'rsc_colocation' | 'rsc_order', one: Primitive, two: Primitive): boolean {
	return cluster.constraints
		.filter(
			({tag, at}) => tag === kind && at['kind'] !== 'Optional' && (kind === 'rsc_order' || scoreOf(at['score'] ?? 'INFINITY') === INFINITY),
		)
		.some(constraint => {
			const words = [...below(constraint)].flatMap(({at}) => [at['rsc'], at['with-rsc'], at['first'], at['then'], at['id']]);
			return one.names.some(name => words.includes(name)) && two.names.some(name => words.includes(name));
		});
}

const sameGroup = (one: Primitive, two: Primitive): boolean => one.names.slice(0, -1).some(name => two.names.slice(0, -1).includes(name));

/** What a pool stands on, as far as it is known: the leg of this pool, or the DRBD resource that it is imported from or told to. */
function ground(cluster: Cluster, pool: Primitive, {vdevs, drbd}: Facts): Primitive | undefined {
	const name = pool.parameters.get('pool') ?? '';
	const leg = cluster.primitives.find(one => is(one, LEG) && one.parameters.get('pool') === name);
	const words =
		`${pool.parameters.get('devices') ?? ''} ${pool.parameters.get('importargs') ?? ''} ${(vdevs.get(name) ?? []).join(' ')}`.split(/\s+/u);
	const resource = drbd?.find(({hosts}) => hosts.some(({disks}) => disks.some(({device}) => words.includes(device))))?.name;
	return (
		leg ?? cluster.primitives.find(one => resource !== undefined && is(one, ...DRBD) && one.parameters.get('drbd_resource') === resource)
	);
}

/** How the storage's resources are configured. */
export const AGENTS: readonly ClusterCheck[] = [
	{
		name: 'forced import',
		severity: 'loss',
		of: 'cluster',
		look: cluster =>
			cluster.primitives
				.filter(one => is(one, ...POOL))
				.filter(({agent, parameters}) => {
					const given = parameters.get('importforce');
					return agent === 'ocf:heartbeat:ZFS' ? given === undefined || yes(given) : yes(given);
				})
				.flatMap(({id, agent, parameters}) =>
					when(
						true,
						parameters.has('importforce')
							? `${id} has importforce=${parameters.get('importforce')}`
							: `${id} is ${agent} without importforce, which is true then`,
						'every import is forced: nothing keeps the pool from being imported while another host has it',
						agent === 'ocf:heartbeat:ZFS'
							? `ocf:twinpool:zpool for ${id}, with the same parameters: it forces only what is proved free`
							: `crm_resource --resource ${id} --set-parameter importforce --parameter-value auto`,
					),
				),
	},
	{
		name: 'pool for itself',
		severity: 'stuck',
		of: 'cluster',
		look: (cluster, facts) =>
			cluster.primitives
				.filter(one => is(one, ...POOL))
				.flatMap(pool => {
					const base = ground(cluster, pool, facts);
					const without = (['rsc_colocation', 'rsc_order'] as const).filter(
						kind => base && !sameGroup(pool, base) && !bound(cluster, kind, pool, base),
					);
					return when(
						base !== undefined && without.length > 0,
						`nothing ${without.map(kind => (kind === 'rsc_colocation' ? 'keeps' : 'starts')).join(' and ')} ${pool.id} ${without.includes('rsc_colocation') ? 'with' : 'after'} ${base?.names[0]}`,
						`Pacemaker starts ${pool.id} where, or before, what it stands on is not writable: the start fails, and after that it is not tried there`,
						`crm configure colocation ${pool.id}-on-${base?.id} inf: ${pool.id} ${base?.names[0]}${base?.clone ? ':Promoted' : ''}; crm configure order ${base?.id}-before-${pool.id} Mandatory: ${base?.names[0]}${base?.clone ? ':promote' : ''} ${pool.id}:start`,
					);
				}),
	},
	{
		name: 'no notifications',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			cluster.primitives
				.filter(
					one =>
						one.agent === 'ocf:linbit:drbd' &&
						!yes(one.clone?.meta.get('notify')) &&
						!yes(one.parameters.get('ignore_missing_notifications')),
				)
				.flatMap(({clone, id}) =>
					when(
						true,
						`${clone?.id ?? id} runs ocf:linbit:drbd without notify=true`,
						'the agent refuses to start or promote it (exit 6), on every node',
						clone
							? `crm_resource --meta --resource ${clone.id} --set-parameter notify --parameter-value true; ocf:twinpool:drbd needs none`
							: `a promotable clone of ${id}, with notify=true`,
					),
				),
	},
	{
		name: 'failed stop ignored',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			stored(cluster).flatMap(({id, operations}) =>
				operations
					.filter(({name, onFail}) => name === 'stop' && /^(ignore|block)$/u.test(onFail ?? ''))
					.flatMap(({onFail}) =>
						when(
							true,
							`a stop of ${id} that fails has on-fail=${onFail}`,
							onFail === 'ignore'
								? 'what could not be stopped is started on the other node, too'
								: 'a pool that is busy stays where it is, and so does everything that should move',
							`on-fail=fence for the stop of ${id}: crm configure edit ${id}`,
						),
					),
			),
	},
	{
		name: 'not watched',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			stored(cluster).flatMap(one => {
				const monitors = one.operations.filter(({name, interval}) => name === 'monitor' && interval > 0);
				const promoted = one.clone?.promotable === true && !monitors.some(({role}) => /^(promoted|master)$/iu.test(role));
				return when(
					monitors.length === 0 || promoted,
					`${one.id} has no recurring monitor${monitors.length > 0 ? ' of the Promoted role' : ''}`,
					'nobody notices when it fails there, so nothing fails over',
					`crm configure monitor ${one.id}${promoted ? ':Promoted' : ''} 15s:30s`,
				);
			}),
	},
	{
		name: 'degraded with 2.1.5',
		severity: 'slow',
		of: 'cluster',
		look: cluster =>
			cluster.primitives
				.filter(one => one.agent === 'ocf:twinpool:zpool' && yes(one.parameters.get('degraded')))
				.flatMap(({id}) =>
					when(
						property(cluster, 'dc-version')?.startsWith('2.1.5-') ?? false,
						`${id} has degraded=true with Pacemaker 2.1.5`,
						'a failover that has to cancel a monitor which answered "degraded" waits two minutes for it',
						`crm_resource --resource ${id} --delete-parameter degraded`,
					),
				),
	},
];
