import type {Cluster} from './cluster-facts.ts';
import type {Facts} from './facts.ts';

/** What will hurt at the next failover: what was seen, what comes of it, and the command that mends it. */
export interface Finding {
	seen: string;
	hurts: string;
	fix: string;
}

/** How bad it is, the worst first: data are lost; nobody takes over; it takes longer than it need; nobody knows whether it works. */
export const SEVERITIES = ['loss', 'stuck', 'slow', 'unproved'] as const;
export type Severity = (typeof SEVERITIES)[number];

interface Named {
	/** For people who look for it, and for tests: a word or a few. */
	name: string;
	severity: Severity;
}

/** Of each host by itself. */
export interface HostCheck extends Named {
	of: 'host';
	look(facts: Facts): Finding[];
}

/** Of what all nodes share: asked once, of the host that knows it best. */
export interface ClusterCheck extends Named {
	of: 'cluster';
	look(cluster: Cluster, facts: Facts): Finding[];
}

/** Of what has to be the same, or different, on two hosts. */
export interface PairCheck extends Named {
	of: 'pair';
	look(one: Facts, two: Facts): Finding[];
}

export type Check = HostCheck | ClusterCheck | PairCheck;

/** Nothing, or this. */
export const when = (is: boolean, seen: string, hurts: string, fix: string): Finding[] => (is ? [{seen, hurts, fix}] : []);
