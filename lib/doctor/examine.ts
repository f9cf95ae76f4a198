import {AGENTS} from './agents.ts';
import {ALONE} from './alone.ts';
import {COROSYNC} from './corosync.ts';
import {REPLICATION} from './drbd.ts';
import {RESOURCES} from './drbd-host.ts';
import type {Facts} from './facts.ts';
import {FENCING} from './fencing.ts';
import {FENCINGS} from './fencings.ts';
import {type Check, type Finding, SEVERITIES, type Severity} from './finding.ts';
import {HANDLERS} from './handlers.ts';
import {HOLDS} from './holds.ts';
import {HOST} from './host.ts';
import {ISCSI} from './iscsi.ts';
import {PAIR} from './pair.ts';
import {STANDING} from './standing.ts';
import {TIMING} from './timing.ts';
import {ZFS} from './zfs.ts';

/** Every check but Gluster's, which look at glusterd's own files (lib/gluster/doctor.ts). Of the same severity, the earlier is the worse. */
export const CHECKS: readonly Check[] = [
	...FENCING,
	...FENCINGS,
	...REPLICATION,
	...RESOURCES,
	...HANDLERS,
	...COROSYNC,
	...ZFS,
	...ISCSI,
	...AGENTS,
	...HOLDS,
	...TIMING,
	...STANDING,
	...ALONE,
	...HOST,
	...PAIR,
];

/** A finding with where it was found, and by which check. */
export interface Found extends Finding {
	severity: Severity;
	check: string;
	/** The host; empty for what is of all of them. */
	host: string;
}

/** One host with what the others have imported, or know of DRBD: a pool is on one of them at a time. */
const together = (best: Facts, hosts: readonly Facts[]): Facts => ({
	...best,
	drbd: best.drbd ?? hosts.find(({drbd}) => drbd)?.drbd,
	vdevs: new Map(hosts.flatMap(({vdevs}) => [...vdevs])),
	properties: new Map(hosts.flatMap(({properties}) => [...properties])),
	replication: new Map([...hosts, best].flatMap(({replication}) => [...replication])),
});

function found(check: Check, hosts: readonly Facts[]): Found[] {
	const {name, severity} = check;
	const as = (host: string, findings: readonly Finding[]): Found[] => findings.map(one => ({severity, check: name, host, ...one}));
	const [first, second] = hosts;
	switch (check.of) {
		case 'host':
			return hosts.flatMap(facts => as(facts.record.name, check.look(facts)));
		case 'cluster': {
			// A node that does not run knows the configuration, and nothing of how it stands.
			const best = hosts.find(({cluster}) => cluster?.live) ?? hosts.find(({cluster}) => cluster);
			return best?.cluster ? as('', check.look(best.cluster, together(best, hosts))) : [];
		}
		default:
			return first && second ? as('', check.look(first, second)) : [];
	}
}

/** What will hurt at the next failover of one host, or of two, worst first. */
export function examine(hosts: readonly Facts[]): Found[] {
	const volumes = hosts.flatMap(({record}) =>
		record.volumes.flatMap(({findings}) => findings.map(one => ({check: 'Gluster', host: record.name, ...one}))),
	);
	const all = [...CHECKS.flatMap(check => found(check, hosts)), ...volumes];
	return SEVERITIES.flatMap(severity => all.filter(one => one.severity === severity));
}

/** Whether there is anything here that this is about. */
export const idle = ({record, cluster, drbd}: Facts): boolean =>
	cluster === undefined &&
	record.texts.corosync === undefined &&
	record.tools.cib === undefined &&
	(record.tools.dump === undefined || drbd?.length === 0) &&
	record.tools.events2 === undefined &&
	record.pools.length === 0 &&
	record.sessions.length === 0 &&
	record.stores.length === 0 &&
	record.volumes.length === 0;
