/** The cluster's configuration as XML: one promotable DRBD, the pool on top, a power switch for each node. */
import {hostAddress, nodes, pool, ports, resource} from './config.ts';
import type {Agent, Kind} from './kind.ts';

type Values = Readonly<Record<string, string>>;

const pairs = (id: string, values: Values): string =>
	Object.entries(values)
		.map(([name, value]) => `<nvpair id="${id}-${name}" name="${name}" value="${value}"/>`)
		.join('');

const attributes = (tag: string, id: string, values: Values): string => `<${tag} id="${id}">${pairs(id, values)}</${tag}>`;

interface Operation {
	readonly name: string;
	readonly timeout: string;
	readonly interval?: string;
	readonly role?: string;
}

function primitive(id: string, agent: Agent, operations: readonly Operation[]): string {
	const ops = operations.map(({name, timeout, interval = '0s', role}) => {
		const named = `id="${id}-${name}-${interval}" name="${name}" timeout="${timeout}" interval="${interval}"`;
		return `<op ${named}${role ? ` role="${role}"` : ''}/>`;
	});
	const type = `class="ocf" provider="${agent.provider}" type="${agent.type}"`;
	const parameters = attributes('instance_attributes', `${id}-parameters`, agent.parameters);
	return `<primitive id="${id}" ${type}>${parameters}<operations>${ops.join('')}</operations></primitive>`;
}

const drbdOperations = [
	{name: 'start', timeout: '240s'},
	{name: 'promote', timeout: '120s'},
	{name: 'demote', timeout: '120s'},
	{name: 'notify', timeout: '120s'},
	{name: 'stop', timeout: '120s'},
	{name: 'monitor', timeout: '60s', interval: '29s', role: 'Promoted'},
	{name: 'monitor', timeout: '60s', interval: '31s', role: 'Unpromoted'},
];

const poolOperations = [
	{name: 'start', timeout: '120s'},
	{name: 'stop', timeout: '120s'},
	{name: 'monitor', timeout: '60s', interval: '15s'},
];

function stonith(node: string): string {
	const id = `power-${node}`;
	const values = {plug: node, ip: hostAddress, ipport: String(ports.power), pcmk_host_list: node};
	const operation = `<operations><op id="${id}-monitor" name="monitor" interval="600s" timeout="60s"/></operations>`;
	const parameters = attributes('instance_attributes', `${id}-parameters`, values);
	return `<primitive id="${id}" class="stonith" type="fence_lab">${parameters}${operation}</primitive>`;
}

const cloneOf = (id: string): string => `${id}-clone`;

export function resources(kind: Kind): string {
	const meta = {
		promotable: 'true',
		'promoted-max': '1',
		'promoted-node-max': '1',
		'clone-max': '2',
		'clone-node-max': '1',
		notify: String(kind.notify),
	};
	const clone = [
		`<clone id="${cloneOf(resource)}">`,
		attributes('meta_attributes', `${cloneOf(resource)}-meta`, meta),
		primitive(resource, kind.drbd, drbdOperations),
		'</clone>',
	];
	return ['<resources>', ...nodes.map(stonith), ...clone, primitive(pool, kind.zpool, poolOperations), '</resources>'].join('');
}

export function constraints(): string {
	const clone = cloneOf(resource);
	return [
		'<constraints>',
		...nodes.map(node => `<rsc_location id="power-${node}-elsewhere" rsc="power-${node}" node="${node}" score="-INFINITY"/>`),
		`<rsc_colocation id="pool-with-primary" rsc="${pool}" with-rsc="${clone}" with-rsc-role="Promoted" score="INFINITY"/>`,
		`<rsc_order id="primary-then-pool" first="${clone}" first-action="promote" then="${pool}" then-action="start" kind="Mandatory"/>`,
		'</constraints>',
	].join('');
}

/** By the kind of attribute they are for crm_attribute. */
export const properties: Readonly<Record<string, Values>> = {
	crm_config: {
		'stonith-enabled': 'true',
		'stonith-action': 'reboot',
		'stonith-timeout': '60s',
		'no-quorum-policy': 'stop',
		'cluster-recheck-interval': '15min',
	},
	rsc_defaults: {'resource-stickiness': '200'},
};
