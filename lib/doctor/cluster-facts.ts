import {type Cib, parseCib} from '../cluster/cib.ts';
import {below, child, type Element, parseXml} from '../cluster/xml.ts';
import {scoreOf, seconds, yes} from './values.ts';

export interface Operation {
	name: string;
	/** Seconds; nothing where it is not set. */
	timeout: number | undefined;
	/** Seconds; 0 is not a recurring one. */
	interval: number;
	role: string;
	onFail: string | undefined;
}

/** A primitive with what it has from its template and its clone. */
export interface Primitive {
	id: string;
	/** ocf:twinpool:zpool, stonith:fence_libvirt. */
	agent: string;
	parameters: ReadonlyMap<string, string>;
	meta: ReadonlyMap<string, string>;
	operations: readonly Operation[];
	clone: {id: string; meta: ReadonlyMap<string, string>; promotable: boolean} | undefined;
	/** Every name that a constraint may call it by: its own, its group's, its clone's. */
	names: readonly string[];
}

export interface Fencing {
	target: string;
	action: string;
	status: string;
	completed: string;
}

/** What all nodes share, as one of them has it. */
export interface Cluster {
	cib: Cib;
	properties: ReadonlyMap<string, string>;
	primitives: readonly Primitive[];
	constraints: readonly Element[];
	/** Of operations that say nothing themselves, in seconds. */
	timeout: number | undefined;
	stickiness: number;
	/** Nothing where the fencer was not asked, or gave no answer. */
	fencings: readonly Fencing[] | undefined;
	/** It runs here: its status is of now. */
	live: boolean;
}

/** The pairs in an element's sets of this kind; by reference, too. */
function pairs(from: Element | undefined, kind: string, ids: ReadonlyMap<string, Element>): [string, string][] {
	const resolved = (one: Element): Element => ids.get(one.at['id-ref'] ?? '') ?? one;
	const sets = (from?.children ?? []).filter(({tag}) => tag === kind).map(resolved);
	return sets
		.flatMap(({children}) => children.map(resolved))
		.filter(({tag}) => tag === 'nvpair')
		.map(({at}): [string, string] => [at['name'] ?? '', at['value'] ?? '']);
}

const operationsOf = (from: Element | undefined): Operation[] =>
	(child(from, 'operations')?.children ?? [])
		.filter(({tag}) => tag === 'op')
		.map(({at, children}) => {
			const meta = new Map(children.flatMap(one => one.children.map(({at: pair}) => [pair['name'] ?? '', pair['value'] ?? ''])));
			return {
				name: at['name'] ?? '',
				timeout: seconds(at['timeout'] ?? meta.get('timeout')),
				interval: seconds(at['interval']) ?? 0,
				role: at['role'] ?? '',
				onFail: at['on-fail'] ?? meta.get('on-fail'),
			};
		});

interface Above {
	names: string[];
	clone: Primitive['clone'];
	meta: [string, string][];
}

function* primitivesIn(from: Element, above: Above, ids: ReadonlyMap<string, Element>): Generator<Primitive> {
	for (const one of from.children) {
		const id = one.at['id'] ?? '';
		const meta = [...above.meta, ...pairs(one, 'meta_attributes', ids)];
		if (one.tag === 'primitive') {
			const template = ids.get(one.at['template'] ?? '');
			const {class: kind, provider, type} = {...template?.at, ...one.at};
			const operations = operationsOf(one);
			yield {
				id,
				agent: [kind, provider, type].filter(Boolean).join(':'),
				parameters: new Map([...pairs(template, 'instance_attributes', ids), ...pairs(one, 'instance_attributes', ids)]),
				meta: new Map([...above.meta, ...pairs(template, 'meta_attributes', ids), ...pairs(one, 'meta_attributes', ids)]),
				operations: operations.length > 0 ? operations : operationsOf(template),
				clone: above.clone,
				names: [...above.names, id],
			};
		} else if (one.tag === 'group') {
			yield* primitivesIn(one, {...above, names: [...above.names, id], meta}, ids);
		} else if (one.tag === 'clone' || one.tag === 'master') {
			const own = new Map(meta);
			const clone = {id, meta: own, promotable: one.tag === 'master' || yes(own.get('promotable'))};
			yield* primitivesIn(one, {names: [...above.names, id], clone, meta}, ids);
		}
	}
}

/** The fencings on record, as stonith_admin prints them. */
async function fencings(history: string | undefined): Promise<Fencing[] | undefined> {
	if (history === undefined) {
		return undefined;
	}
	return [...below(await parseXml(history))]
		.filter(({tag}) => tag === 'fence_event')
		.map(({at}) => ({
			target: at['target'] ?? '',
			action: at['action'] ?? '',
			status: at['status'] ?? '',
			completed: at['completed'] ?? '',
		}));
}

/** @throws {Error} one of the texts is not what it should be */
export async function clusterOf(text: string, history: string | undefined, live: boolean): Promise<Cluster> {
	const cib = await parseCib(text);
	const {configuration} = cib;
	const ids = new Map([...below(configuration)].flatMap(one => (one.at['id'] ? [[one.at['id'], one]] : [])));
	const section = (name: string): Element | undefined => child(configuration, name);
	const config = section('crm_config');
	const defaults = new Map(pairs(section('rsc_defaults'), 'meta_attributes', ids));
	const resources = section('resources');
	return {
		cib,
		properties: new Map(pairs(config, 'cluster_property_set', ids)),
		primitives: resources ? [...primitivesIn(resources, {names: [], clone: undefined, meta: []}, ids)] : [],
		constraints: section('constraints')?.children ?? [],
		timeout: seconds(new Map(pairs(section('op_defaults'), 'meta_attributes', ids)).get('timeout')),
		stickiness: scoreOf(defaults.get('resource-stickiness')),
		fencings: await fencings(history),
		live,
	};
}

/** Whether a primitive is one of these agents: ocf:twinpool:zpool by /zpool/, and so on. */
export const is = ({agent}: Primitive, ...agents: readonly string[]): boolean => agents.includes(agent);

export const DRBD = ['ocf:twinpool:drbd', 'ocf:linbit:drbd'] as const;
export const POOL = ['ocf:twinpool:zpool', 'ocf:heartbeat:ZFS'] as const;
export const LEG = 'ocf:twinpool:iscsi-leg';
export const GLUSTER = 'ocf:twinpool:gluster';
export const GUESTS = 'ocf:twinpool:guests';

/** What the storage is moved by: everything that this is about. */
export const stored = ({primitives}: Cluster): Primitive[] => primitives.filter(one => is(one, ...DRBD, ...POOL, LEG, GLUSTER, GUESTS));
export const devices = ({primitives}: Cluster): Primitive[] =>
	primitives.filter(({agent, meta}) => agent.startsWith('stonith:') && meta.get('target-role') !== 'Stopped');
/** The nodes that vote: not the remote ones, which run nothing of this. */
export const nodesOf = ({cib}: Cluster): string[] => {
	const remote = new Set(
		(child(cib.configuration, 'nodes')?.children ?? []).filter(({at}) => at['type'] === 'remote').map(({at}) => at['uname']),
	);
	return cib.nodes.filter(({name, status}) => name !== '' && !remote.has(name) && !yes(status?.at['remote_node'])).map(({name}) => name);
};
/** Pacemaker's own default for an operation that says nothing. */
export const DEFAULT_TIMEOUT = 20;
export const timeoutOf = (cluster: Cluster, {operations}: Primitive, name: string): number =>
	operations.find(one => one.name === name)?.timeout ?? cluster.timeout ?? DEFAULT_TIMEOUT;
/** A cluster option under today's name or that of Pacemaker 3. */
export const property = ({properties}: Cluster, name: string): string | undefined =>
	properties.get(name) ?? properties.get(name.replace(/^stonith-/u, 'fencing-'));
