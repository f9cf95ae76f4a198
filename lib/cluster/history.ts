import type {Deadline} from '../deadline.ts';
import {run, ToolError} from '../run.ts';
import {type Cib, CibError, type ClusterNode, nodeNamed, readCib} from './cib.ts';
import {leaveProof, proof} from './proof.ts';
import {recorded} from './recorded.ts';

export interface Known {
	/** It is certain that the node runs nothing: it was fenced, or it left in good order. */
	down: boolean;
	/** The evidence, or what is missing, as one sentence. */
	why: string;
}

/** Is it certain that this node is down? Whatever cannot be asked is a no. What a promotion has just proved is not asked again, nor a CIB that was just read. */
export async function knownDown(node: string, deadline: Deadline, cibNow = (): Promise<Cib> => readCib(deadline)): Promise<Known> {
	const already = proof(node);
	if (already !== undefined) {
		return {down: true, why: already};
	}
	try {
		const cib = await cibNow();
		const seen = nodeNamed(cib, node);
		if (!seen) {
			return {down: false, why: `the cluster knows no node ${node}`};
		}
		// Without any member this cluster is only forming, and a node without a state may be about to join.
		const formed = cib.quorum && cib.nodes.some(({membership}) => membership === 'member');
		return (
			judge(seen) ??
			(formed ? await fenced(seen.name, deadline) : {down: false, why: `nothing is known of ${node}: the cluster is forming`})
		);
	} catch (error) {
		if (error instanceof CibError) {
			return {down: false, why: `nothing is known of ${node}: ${error.message}`};
		}
		throw error;
	}
}

/**
 * Is it certain that every node but this one is down? In a cluster of two: that the peer is.
 * From the local CIB alone, one read; whatever cannot be asked is a no.
 */
export async function othersDown(me: string, reading: Promise<Cib>): Promise<Known> {
	try {
		const cib = await reading;
		const mine = nodeNamed(cib, me);
		const others = cib.nodes.filter(node => node !== mine);
		if (!mine || others.length === 0) {
			return {down: false, why: `the cluster knows ${mine ? 'no other node' : `no node ${me}`}`};
		}
		const known = others.map(node => judge(node) ?? {down: false, why: `nothing is known of ${node.name}`});
		const doubt = known.find(({down}) => !down);
		if (doubt) {
			return doubt;
		}
		leaveProof(Object.fromEntries(others.map(({name}, index) => [name, known[index]?.why ?? ''])));
		return {down: true, why: known.map(({why}) => why).join('; ')};
	} catch (error) {
		return {down: false, why: error instanceof Error ? error.message : String(error)};
	}
}

/** What the node's state in the CIB tells; nothing when it has none. */
export function judge(node: ClusterNode): Known | undefined {
	const {name, membership, evidence} = node;
	const left = membership === 'down' ? [...recorded(node)].filter(([, said]) => said !== 'stopped').map(([resource]) => resource) : [];
	const says = (down: boolean, what: string): Known => ({down, why: `${name} ${what} (${evidence})`});
	switch (membership) {
		case 'fenced':
			return says(true, 'was fenced or left the cluster in good order');
		case 'down':
			return left.length === 0
				? says(true, 'left the cluster in good order')
				: says(false, `left the cluster during its shutdown or in maintenance mode, with ${left.slice(0, 3).join(', ')} still active`);
		case 'stopped':
			return says(false, 'runs without Pacemaker, which was stopped there in good order');
		case 'member':
			return says(false, 'is a member of the cluster');
		case 'joining':
			return says(false, 'is joining the cluster');
		case 'lost':
			return says(false, 'is lost and was not fenced');
		case 'unknown':
			return undefined;
		default:
			return membership satisfies never;
	}
}

/** Without a state in the CIB the node has not joined since this cluster started: a fencing on record is then the last word. */
async function fenced(node: string, deadline: Deadline): Promise<Known> {
	try {
		const {exit, stdout} = await run(['stonith_admin', '--history', node, '--output-as=xml'], {
			timeout: Math.max(1, Math.min(5000, deadline.left())),
		});
		return exit === 0
			? await lastFencing(node, stdout)
			: {down: false, why: `nothing is known of ${node}: stonith_admin ended with ${exit}`};
	} catch (error) {
		if (error instanceof ToolError) {
			return {down: false, why: `nothing is known of ${node}: ${error.message}`};
		}
		throw error;
	}
}

/** The newest fencing of this node, if it is complete and turned the node off. */
export async function lastFencing(node: string, text: string): Promise<Known> {
	const last = (await fencings(text)).find(({target}) => target === node);
	if (!last) {
		return {down: false, why: `nothing is known of ${node}: the cluster has no state and no fencing of it on record`};
	}
	const {action, status, completed} = last;
	return {
		down: turnedOff(last),
		why: `the last fencing of ${node} on record, ${action}, is ${status}${completed ? ` since ${completed}` : ''}`,
	};
}

/** The node that was turned off last, and when (as the tool prints it); nothing when nobody was, or that is not known any more. */
export async function fencedLast(deadline: Deadline): Promise<{node: string; at: string} | undefined> {
	const last = (await fencingHistory(deadline).catch(() => [])).find(turnedOff);
	return last && {node: last.target, at: last.completed};
}

/** One fencing, as stonith_admin tells of it. */
export interface Fencing {
	target: string;
	/** off, reboot, on, ... */
	action: string;
	/** success, failed, pending. */
	status: string;
	/** When it ended, as the tool prints it; empty while it runs. */
	completed: string;
}

const turnedOff = ({status, action}: Fencing): boolean => status === 'success' && /^(off|reboot)$/u.test(action);

/**
 * The question for every fencing on record. Without --verbose Pacemaker 2.1.5 tells of one node alone where two were fenced, each by the
 * other (seen in the lab), and of no failure.
 */
export const HISTORY = ['stonith_admin', '--history', '*', '--verbose', '--output-as=xml'] as const;

/** Every fencing on record, the newest first; also those that failed, and what still runs. @throws {Error} the fencer does not tell */
export async function fencingHistory(deadline: Deadline): Promise<Fencing[]> {
	const {exit, stdout} = await run(HISTORY, {timeout: Math.max(1, Math.min(5000, deadline.left()))});
	if (exit !== 0) {
		throw new Error(`stonith_admin ended with ${exit}`);
	}
	return fencings(stdout);
}

async function fencings(text: string): Promise<Fencing[]> {
	const {below, parseXml} = await import('./xml.ts');
	return [...below(await parseXml(text).catch(() => undefined))]
		.filter(({tag}) => tag === 'fence_event')
		.map(({at: {target = '', action = '', status = '', completed = ''}}) => ({target, action, status, completed}))
		.sort((one, other) => moment(other) - moment(one));
}

/** A fencing that still runs is newer than all that ended. */
const moment = ({completed}: Fencing): number => (completed ? Date.parse(completed) || 0 : Number.POSITIVE_INFINITY);
