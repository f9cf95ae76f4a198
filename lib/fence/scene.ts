import {hostname} from 'node:os';
import {type Cib, CibError, type ClusterNode, nodeNamed, readCib} from '../cluster/cib.ts';
import {type Allowed, attributeOf, clonesOf, markedBy, roleWord, type Scheme, type Standing, standing} from '../cluster/constraint.ts';
import {recorded} from '../cluster/recorded.ts';
import type {Deadline} from '../deadline.ts';
import {read} from '../host.ts';
import type {Told} from './environment.ts';
import type {Options} from './options.ts';
import type {Trace} from './trace.ts';
import type {Situation} from './verdict.ts';

/** What this resource, this node and the peer are to the cluster. */
export interface Scene {
	scheme: Scheme;
	/** This node and, on DRBD 9, the other nodes that DRBD still trusts: who may be promoted. */
	allowed: Allowed[];
	/** The peer, once it may be promoted, too. */
	other: Allowed | undefined;
	/** The agent that looks after this resource is this project's. */
	ours: boolean;
	standing: Standing | undefined;
	constraint: Situation['constraint'];
	peer: Situation['peer'];
	peerName: string;
	promoted: Situation['promoted'];
	evidence: string;
	quorum: Situation['quorum'];
	me: string;
}

/** The cluster was asked and cannot serve this resource; or `fault` says why it gave no answer. */
export interface NoScene {
	cluster: Exclude<Situation['cluster'], 'running'>;
	why: string;
}

export interface Asking {
	told: Told;
	options: Options;
	deadline: Deadline;
	trace: Trace;
	/** This node by the cluster's name, where the cluster has said it. */
	me?: string | undefined;
	/** A reading of the CIB that was made a moment ago, for the first scene. */
	cib?: Cib | undefined;
	/** What this run has written a constraint with. */
	mark?: string;
}

/** One call of the CIB may take as long as an election of the controller, not longer. */
export const patience = ({deadline, options}: Asking): Deadline => deadline.within(options.dcTimeout * 1000);

/** One local read of the CIB, seen from this resource. */
export async function scene(asking: Asking): Promise<Scene | NoScene> {
	try {
		const cib = asking.cib ?? (await readCib(patience(asking), asking.trace.run));
		asking.cib = undefined;
		return await arrange(cib, asking);
	} catch (error) {
		if (error instanceof CibError) {
			return noScene(error);
		}
		throw error;
	}
}

export function noScene({fault, message}: CibError): NoScene {
	const words: Partial<Record<CibError['fault'], NoScene['cluster']>> = {missing: 'refused', invalid: 'refused', offline: 'absent'};
	return {cluster: words[fault] ?? 'silent', why: message};
}

async function arrange(cib: Cib, asking: Asking): Promise<Scene | NoScene> {
	const {told, options} = asking;
	const refused = (why: string): NoScene => ({cluster: 'refused', why});
	const clones = clonesOf(cib, told.resource);
	const names = new Set(clones.map(one => one.clone));
	const clone = options.clone ?? clones[0]?.clone;
	if (!clone) {
		return refused(`no clone in the CIB runs the DRBD resource ${told.resource}; --master-id names one`);
	}
	if (names.size > 1 && !options.clone) {
		return refused(`several clones in the CIB run the DRBD resource ${told.resource} (${[...names].join(', ')}); --master-id names one`);
	}
	const me = await self(cib, asking);
	if (!me) {
		return refused('this node is not in the CIB under its own name');
	}
	const scheme = {
		prefix: options.prefix,
		resource: told.resource,
		clone,
		attribute: options.attribute,
		role: options.role ?? roleWord(cib),
	};
	const allowed = allowedNodes(cib, me, told, options.attribute);
	if (!allowed) {
		return refused(`node ${me.name} has no attribute ${options.attribute}`);
	}
	const peer = told.peer === undefined ? undefined : nodeNamed(cib, told.peer);
	const stands = standing(cib, scheme);
	const {primitive = '', ours = false} = clones.find(one => one.clone === clone) ?? {};
	return {
		scheme,
		allowed,
		other: peer && allowedNode(cib, peer, told.peerId, options.attribute),
		ours,
		standing: stands,
		constraint: classify(stands, allowed, asking.mark),
		peer: peer && peer.id !== me.id ? peer.membership : 'stranger',
		peerName: peer?.name ?? told.peer ?? '',
		promoted: peer && recorded(peer).get(primitive) === 'promoted' ? 'yes' : 'no',
		evidence: peer?.evidence ?? '',
		quorum: cib.quorum ? 'yes' : 'no',
		me: me.name,
	};
}

/** This node: by what it was called, by DRBD's name for it, by the host's name, and only then by asking. */
async function self(cib: Cib, {told, me, deadline, trace}: Asking): Promise<ClusterNode | undefined> {
	const own = told.nodes.find(({id}) => id === told.myId)?.name;
	const names = [me, own, read('/proc/sys/kernel/hostname')?.trim(), hostname()].filter(name => name !== undefined && name !== '');
	const found = names.map(name => nodeNamed(cib, name ?? '')).find(node => node);
	if (found) {
		return found;
	}
	const answer = await trace.run(['crm_node', '-n'], {timeout: Math.max(1, Math.min(5000, deadline.left()))}).catch(() => undefined);
	return answer && nodeNamed(cib, answer.stdout.trim());
}

function allowedNode(cib: Cib, node: ClusterNode, nodeId: number | undefined, attribute: string): Allowed | undefined {
	const value = attributeOf(cib, node, attribute);
	return value === undefined ? undefined : {value, ...(nodeId === undefined ? {} : {nodeId})};
}

function allowedNodes(cib: Cib, me: ClusterNode, told: Told, attribute: string): Allowed[] | undefined {
	const own = allowedNode(cib, me, told.myId, attribute);
	const others = told.nodes.filter(({id, upToDate}) => upToDate && id !== told.myId && id !== told.peerId);
	const known = others.flatMap(({id, name}) => {
		const node = nodeNamed(cib, name);
		return (node && allowedNode(cib, node, id, attribute)) ?? [];
	});
	return own && [own, ...known];
}

/** What stands, measured by whom this node would allow. A constraint that nobody can read is taken for one that rejects us. */
function classify(stands: Standing | undefined, allowed: readonly Allowed[], mark: string | undefined): Situation['constraint'] {
	if (!stands) {
		return 'none';
	}
	const [me] = allowed;
	if (!(me && stands.allowed?.includes(me.value))) {
		return 'foreign';
	}
	if (!stands.allowed.every(value => allowed.some(one => one.value === value))) {
		return 'wide';
	}
	return markedBy(stands.element, mark) ? 'mine' : 'old';
}
