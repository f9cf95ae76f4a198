import type {Cluster, Node} from './facts.ts';
import {fromAttribute, type Item} from './item.ts';

/** What the cluster knows: of itself, and of each node. */
export const clusterItems = (cluster: Cluster, host: string, imported: readonly string[]): Item[] => [
	quorum(cluster),
	...cluster.nodes.map(nodeItem),
	...cluster.nodes.flatMap(failures),
	...resources(cluster, imported),
	...cluster.constraints.map(
		({id, allowed}): Item => ({
			kind: 'constraint',
			name: id,
			node: '',
			words: allowed.join(', '),
			level: 'ill',
			says: `nobody but ${allowed.join(', ')} may be promoted until the other side has everything again`,
		}),
	),
	...leaseItems(cluster),
	...fencingItems(cluster),
	...cluster.nodes.filter(({name}) => name !== host).flatMap(published),
];

const quorum = ({quorum: has}: Cluster): Item => ({
	kind: 'cluster',
	name: '',
	node: '',
	words: has ? 'quorum' : 'no quorum',
	level: has ? 'well' : 'ill',
	...(!has && {says: 'this partition has no quorum: nothing is started or fenced from here'}),
});

const nodeItem = ({name, membership, evidence}: Node): Item => ({
	kind: 'node',
	name: '',
	node: name,
	words: membership,
	level: membership === 'member' ? 'well' : 'ill',
	...(membership !== 'member' && {says: `${name} is ${membership} (${evidence})`}),
});

/** `fail-count-tank#monitor_10000`: Pacemaker's own count, until it is cleaned up. */
const failures = ({name: node, attributes}: Node): Item[] =>
	[...attributes].flatMap(([attribute, count]) => {
		const {resource, operation} = /^fail-count-(?<resource>[^#]+)#(?<operation>.+)$/u.exec(attribute)?.groups ?? {};
		return resource === undefined || operation === undefined
			? []
			: [
					{
						kind: 'resource',
						name: `${resource} ${operation}`,
						node,
						words: `failed ${count}`,
						level: 'ill',
						says: `${operation} of ${resource} failed on ${node}: look why, then "crm_resource --cleanup --resource ${resource} --node ${node}"`,
					},
				];
	});

/** Where each resource is, by the nodes' own history; a pool that is nowhere is a service that is down. */
function resources({nodes, pools}: Cluster, imported: readonly string[]): Item[] {
	const placed = nodes.flatMap(({name: node, resources: all}) =>
		[...all]
			.filter(([, word]) => word === 'active' || word === 'promoted')
			.map(([name, words]): Item => ({kind: 'resource', name, node, words, level: 'well'})),
	);
	const nowhere = pools.filter(({pool, resource}) => !(imported.includes(pool) || placed.some(({name}) => name === resource)));
	return [
		...placed,
		...nowhere.map(
			({pool, resource}): Item => ({
				kind: 'resource',
				name: resource,
				node: '',
				words: 'stopped',
				level: 'ill',
				says: `pool ${pool} is imported nowhere, as far as Pacemaker knows`,
			}),
		),
	];
}

function leaseItems({leases}: Cluster): Item[] {
	return [...leases].map(([name, lease]): Item => {
		if (typeof lease === 'string') {
			return {kind: 'lease', name, node: '', words: 'unreadable', level: 'unknown', says: lease};
		}
		const behind = Object.entries(lease.behind).map(([who, txg]) => `${who}@${txg}`);
		return {
			kind: 'lease',
			name,
			node: '',
			words: `epoch ${lease.epoch}, holder ${lease.holder ?? 'none'}, current ${lease.current.join(', ')}`,
			level: behind.length === 0 ? 'well' : 'ill',
			...(behind.length > 0 && {says: `behind: ${behind.join(', ')}`}),
		};
	});
}

/** The last one of each node. What failed and was followed by the node's return is of the past. */
function fencingItems({fencings, nodes}: Cluster): Item[] {
	if (!fencings) {
		return [{kind: 'fencing', name: '', node: '', words: 'silent', level: 'unknown', says: 'the fencer does not tell what it did'}];
	}
	const targets = [...new Set(fencings.map(({target}) => target))];
	return targets.flatMap(node => {
		const last = fencings.find(({target}) => target === node);
		const back = nodes.some(({name, membership}) => name === node && membership === 'member');
		const time = Date.parse(last?.completed ?? '') / 1000;
		return last
			? [
					{
						kind: 'fencing',
						name: '',
						node,
						words: [last.action, last.status, last.completed].filter(Boolean).join(' '),
						level: last.status === 'success' || (back && last.status === 'failed') ? 'well' : 'ill',
						...(last.status !== 'success' && !back && {says: `the last fencing of ${node} is ${last.status}`}),
						...(time > 0 && {figures: {completed_timestamp_seconds: time}}),
					},
				]
			: [];
	});
}

/** What another node's programs told of it: the keepers that something is behind, its watch the rest. */
const published = ({name: node, attributes}: Node): Item[] =>
	[...attributes].flatMap(([of, value]): Item[] => {
		const name = /^twinpool-behind-(?<name>.+)$/u.exec(of)?.groups?.['name'];
		if (name !== undefined) {
			return [{kind: 'lease', name, node, words: 'behind', level: 'ill', says: `${node} does not have everything of ${name}`}];
		}
		return [fromAttribute(of, value, node)].filter(item => item !== undefined);
	});
