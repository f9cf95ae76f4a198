import type {Cib} from './cib.ts';
import {recorded} from './recorded.ts';
import {below, child, type Element} from './xml.ts';

/** What has a pool in the cluster, and what is moved for it: the agent itself, or the group that it is in. */
export interface Moved {
	primitive: string;
	resource: string;
	/** The node that has it; nothing when none has. */
	holder: string | undefined;
	/** The one that it goes to. */
	other: string | undefined;
	/** Both nodes have it: nothing goes anywhere, and the other one goes on alone. */
	shared?: true;
}

const POOLS: readonly string[] = ['twinpool:zpool', 'heartbeat:ZFS'];

/** The resource that imports this pool. */
export function movedWith({configuration, nodes}: Cib, pool: string): Moved | undefined {
	const resources = child(configuration, 'resources');
	const primitive = primitiveWith(resources, POOLS, 'pool', pool);
	if (primitive === undefined) {
		return undefined;
	}
	const group = resources?.children.find(({tag, children}) => tag === 'group' && children.some(({at}) => at['id'] === primitive));
	const holder = nodes.find(node => recorded(node).get(primitive) === 'active')?.name;
	return {primitive, resource: group?.at['id'] ?? primitive, holder, other: nodes.find(({name}) => name !== holder)?.name};
}

/** The resource that keeps a Gluster volume on both nodes. The one that is not this one is taken for its holder: it is what can be lost. */
export function servedWith({configuration, nodes}: Cib, volume: string, me: string): Moved | undefined {
	const resources = child(configuration, 'resources');
	const primitive = primitiveWith(resources, ['twinpool:gluster'], 'volname', volume);
	if (primitive === undefined) {
		return undefined;
	}
	const clone = resources?.children.find(({tag, children}) => tag === 'clone' && children.some(({at}) => at['id'] === primitive));
	const both = nodes.every(node => recorded(node).get(primitive) === 'active');
	const holder = both ? nodes.find(({name}) => name !== me)?.name : undefined;
	return {primitive, resource: clone?.at['id'] ?? primitive, holder, other: me, shared: true};
}

/** The first primitive of one of these agents with this parameter. */
function primitiveWith(resources: Element | undefined, agents: readonly string[], name: string, value: string): string | undefined {
	const has = (one: Element): boolean =>
		[...below(child(one, 'instance_attributes'))].some(({at}) => at['name'] === name && at['value'] === value);
	return [...below(resources)].find(
		one => one.tag === 'primitive' && agents.includes(`${one.at['provider']}:${one.at['type']}`) && has(one),
	)?.at['id'];
}

/** A property of the cluster. */
function property({configuration}: Cib, name: string): string | undefined {
	return [...below(child(configuration, 'crm_config'))].find(({tag, at}) => tag === 'nvpair' && at['name'] === name)?.at['value'];
}

const isOn = (word: string | undefined): boolean => /^(true|on|yes|y|1)$/iu.test(word ?? '');

/** What would keep the resource from moving to and fro, or would hide what comes of it: one sentence each, with the remedy. */
export function obstacles(cib: Cib, {resource, primitive, holder, other, shared}: Moved): string[] {
	return [
		...(cib.quorum ? [] : ['this partition has no quorum']),
		...(cib.nodes.length === 2 ? [] : [`the cluster has ${cib.nodes.length} nodes, not two`]),
		...cib.nodes.filter(({membership}) => membership !== 'member').map(({name, membership}) => `${name} is ${membership}, not a member`),
		...(holder === undefined ? [`${primitive} is ${shared ? 'not active on both nodes' : 'active on no node'}: start it`] : []),
		...(isOn(property(cib, 'maintenance-mode')) ? ['the cluster is in maintenance mode: nothing would be moved'] : []),
		...standby(cib),
		...fencing(cib),
		...failed(cib),
		...inTheWay(cib, [resource, primitive], other),
	];
}

function standby({configuration}: Cib): string[] {
	const nodes = child(configuration, 'nodes')?.children ?? [];
	const idle = nodes.filter(node =>
		[...below(node)].some(({tag, at}) => tag === 'nvpair' && at['name'] === 'standby' && isOn(at['value'])),
	);
	return idle.map(({at}) => `${at['uname']} is in standby: crm_attribute --node ${at['uname']} --name standby --delete`);
}

function fencing(cib: Cib): string[] {
	const enabled = property(cib, 'stonith-enabled');
	const device = [...below(child(cib.configuration, 'resources'))].some(({tag, at}) => tag === 'primitive' && at['class'] === 'stonith');
	return [
		...(enabled === undefined || isOn(enabled) ? [] : ['stonith-enabled is false: no node would be fenced']),
		...(device ? [] : ['there is no fence device']),
	];
}

/** Failures that the cluster remembers. */
function failed({nodes}: Cib): string[] {
	return nodes.flatMap(({name, status}) => {
		const counts = [...below(child(status, 'transient_attributes'))].flatMap(({tag, at}) => {
			const of = /^fail-count-(.+?)(?:#.*)?$/u.exec(at['name'] ?? '')?.[1];
			return tag === 'nvpair' && of !== undefined && at['value'] !== '0' ? [of] : [];
		});
		return [...new Set(counts)].map(of => `${of} has failed on ${name}: crm_resource --cleanup --resource ${of}, once it is known why`);
	});
}

/** Constraints of earlier moves and of DRBD's fencing, and whatever keeps it from the other node. */
function inTheWay({configuration}: Cib, names: readonly string[], other: string | undefined): string[] {
	const all = (child(configuration, 'constraints')?.children ?? []).filter(({tag}) => tag === 'rsc_location');
	return all.flatMap(({at}) => {
		const {id = '', rsc = '', node, score} = at;
		if (/^cli-(prefer|ban)-/u.test(id)) {
			return [`${id} is left of an earlier move: crm_resource --clear --resource ${rsc}`];
		}
		if (id.startsWith('drbd-fence-by-handler-')) {
			return [`${id} forbids a promotion elsewhere: it goes when the resync is over`];
		}
		return names.includes(rsc) && node === other && score === '-INFINITY' ? [`${id} keeps ${rsc} from ${node}`] : [];
	});
}

/** An operation of the cluster, as it is on record: when it ended up so, and how long it took, in milliseconds. */
export interface Operation {
	node: string;
	resource: string;
	operation: string;
	/** Milliseconds since 1970, of that node's clock, in whole seconds. */
	at: number;
	took: number;
}

/** What was done for good since a moment (in milliseconds since 1970): starts, stops, promotions, demotions. */
export function operations({nodes}: Cib, since: number): Operation[] {
	return nodes.flatMap(({name, status}) =>
		(child(status, 'lrm', 'lrm_resources')?.children ?? []).flatMap(resource =>
			resource.children.flatMap(({at}): Operation[] => {
				const when = Number(at['last-rc-change']) * 1000;
				const operation = at['operation'] ?? '';
				return when >= since - 1000 && /^(start|stop|promote|demote)$/u.test(operation) && at['op-status'] === '0'
					? [{node: name, resource: resource.at['id'] ?? '', operation, at: when, took: Number(at['exec-time']) || 0}]
					: [];
			}),
		),
	);
}
