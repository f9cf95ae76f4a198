import {nodesOf} from './cluster-facts.ts';
import {reactor} from './drbd.ts';
import type {Facts} from './facts.ts';
import {type HostCheck, when} from './finding.ts';

/** Whether there is something here that a second host has, too, or uses. */
const replicating = ({drbd, moving, record: {volumes, stores}}: Facts): boolean =>
	[...(drbd ?? []), ...moving, ...volumes, ...stores].length > 0;

/** What nobody moves. */
export const ALONE: readonly HostCheck[] = [
	{
		name: 'no cluster',
		severity: 'stuck',
		of: 'host',
		look: facts =>
			when(
				replicating(facts) &&
					facts.cluster === undefined &&
					facts.record.texts.corosync === undefined &&
					!facts.missed.some(({what}) => what.startsWith('the cluster')) &&
					!reactor(facts),
				'there is no cluster on this host: neither corosync.conf nor a CIB',
				'when a host is lost nobody turns it off and nobody takes over',
				'one topology file, and "twinpool configure FILE" writes the rest: twinpool-topology(5)',
			),
	},
	{
		name: 'not in the cluster',
		severity: 'stuck',
		of: 'host',
		look(facts) {
			const {cluster, drbd} = facts;
			if (!cluster || nodesOf(cluster).length === 0 || reactor(facts)) {
				return [];
			}
			const run = new Set(cluster.primitives.map(({parameters}) => parameters.get('drbd_resource')));
			return (drbd ?? [])
				.filter(({name}) => !run.has(name))
				.flatMap(({name}) =>
					when(
						true,
						`no resource of the cluster runs the DRBD resource ${name}`,
						'nothing promotes it when its host is lost',
						`crm configure primitive drbd-${name} ocf:twinpool:drbd params drbd_resource=${name}, as a promotable clone; examples/cluster.crm has all of it`,
					),
				);
		},
	},
];
