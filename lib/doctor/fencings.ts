import {type Cluster, devices, nodesOf, property} from './cluster-facts.ts';
import {type ClusterCheck, when} from './finding.ts';
import {no} from './values.ts';

const lastOf = (cluster: Cluster, node: string): {status: string; completed: string} | undefined =>
	(cluster.fencings ?? [])
		.filter(({target, status}) => target === node && status !== 'pending')
		.sort((one, two) => (Date.parse(two.completed) || 0) - (Date.parse(one.completed) || 0))[0];

/** What the fencings on record say of the next one. */
export const FENCINGS: readonly ClusterCheck[] = [
	{
		name: 'fencing failed',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			nodesOf(cluster).flatMap(node => {
				const last = lastOf(cluster, node);
				return when(
					last?.status === 'failed',
					`the last fencing of ${node} failed, ${last?.completed}`,
					'it will fail again: nobody takes over',
					`stonith_admin --history ${node} --verbose says by which device; try it: stonith_admin --reboot ${node}`,
				);
			}),
	},
	{
		name: 'fencing not proved',
		severity: 'unproved',
		of: 'cluster',
		look(cluster) {
			const untried = nodesOf(cluster).filter(node => cluster.fencings && !lastOf(cluster, node));
			return when(
				untried.length > 0 && !no(property(cluster, 'stonith-enabled')) && devices(cluster).length > 0,
				`no fencing of ${untried.join(' or ')} is on record since the cluster started`,
				'whether fencing works is then seen when a failover depends on it',
				`in a quiet hour, one node after the other: stonith_admin --reboot ${untried[0] ?? ''}`,
			);
		},
	},
];
