import {type Cluster, DRBD, ZPOOL} from './cluster.ts';
import {type Host, other} from './host.ts';

/** What Pacemaker believes of one node. */
export interface Node {
	host: Host;
	member: boolean;
	/** Gone without a word and not yet fenced: nothing may be taken over. */
	unclean: boolean;
	standby: boolean;
	drbd: 'unknown' | 'stopped' | 'started' | 'promoted';
	pool: 'unknown' | 'stopped' | 'started';
	/** An operation runs: one at a time on a node. */
	busy: boolean;
	monitored: number;
	/** No promotion is tried again before this moment. */
	patience: number;
}

export const fresh = (host: Host): Node => ({
	host,
	member: true,
	unclean: false,
	standby: false,
	drbd: 'unknown',
	pool: 'unknown',
	busy: false,
	monitored: 0,
	patience: 0,
});

export type Step = 'probe' | 'export' | 'demote' | 'start' | 'promote' | 'import';

/** The operation behind a step, and what Pacemaker believes when it ended well. */
export const STEPS: Record<Exclude<Step, 'probe'>, {resource: string; action: string; after: Partial<Node>}> = {
	export: {resource: ZPOOL, action: 'stop', after: {pool: 'stopped'}},
	demote: {resource: DRBD, action: 'demote', after: {drbd: 'started'}},
	start: {resource: DRBD, action: 'start', after: {drbd: 'started'}},
	promote: {resource: DRBD, action: 'promote', after: {drbd: 'promoted'}},
	import: {resource: ZPOOL, action: 'start', after: {pool: 'started'}},
};

/** Order and colocation: what must leave goes first, the pool follows the promoted side. Nothing: all is as it should be. */
export function nextStep(node: Node, peer: Node, cluster: Cluster): Step | undefined {
	if (node.drbd === 'unknown') {
		return 'probe';
	}
	if (node.standby && node.pool === 'started') {
		return 'export';
	}
	if (node.standby && node.drbd === 'promoted') {
		return 'demote';
	}
	if (node.drbd === 'stopped') {
		return 'start';
	}
	const ready = Date.now() >= node.patience;
	if (ready && node.drbd === 'started' && mayPromote(node, peer, cluster)) {
		return 'promote';
	}
	return ready && node.drbd === 'promoted' && node.pool === 'stopped' ? 'import' : undefined;
}

/** The best score that no constraint forbids; nowhere as long as a lost node is not fenced. */
function mayPromote(node: Node, peer: Node, cluster: Cluster): boolean {
	const settled = !peer.unclean && (peer.drbd === 'started' || (peer.drbd === 'stopped' && !peer.busy));
	if (node.standby || !settled) {
		return false;
	}
	const {name} = node.host;
	const mine = cluster.banned(name) ? 0 : cluster.score(name);
	const rival = peer.member && !peer.standby && peer.drbd === 'started' && !cluster.banned(other(name)) ? cluster.score(other(name)) : 0;
	return mine > 0 && (mine > rival || (mine === rival && name === 'alpha'));
}
