import {nodesOf} from './cluster-facts.ts';
import {type HostCheck, when} from './finding.ts';

/** What nobody moves. */
export const ALONE: readonly HostCheck[] = [
	{
		name: 'no cluster',
		severity: 'stuck',
		of: 'host',
		look: ({cluster, record, missed}) =>
			when(
				cluster === undefined && record.texts.corosync === undefined && !missed.some(({what}) => what.startsWith('the cluster')),
				'there is no cluster on this host: neither corosync.conf nor a CIB',
				'when a host is lost nobody turns it off and nobody takes over',
				'one topology file, and "twinpool configure FILE" writes the rest: twinpool-topology(5)',
			),
	},
	{
		name: 'not in the cluster',
		severity: 'stuck',
		of: 'host',
		look: ({cluster, drbd, record}) =>
			cluster === undefined || record.units['drbd-reactor.service'] === 'enabled'
				? []
				: (drbd ?? [])
						.filter(({name}) => !cluster.primitives.some(({parameters}) => parameters.get('drbd_resource') === name))
						.flatMap(({name}) =>
							when(
								nodesOf(cluster).length > 0,
								`no resource of the cluster runs the DRBD resource ${name}`,
								'nothing promotes it when its host is lost',
								`crm configure primitive drbd-${name} ocf:twinpool:drbd params drbd_resource=${name}, as a promotable clone; examples/cluster.crm has all of it`,
							),
						),
	},
];
