/** The cluster's configuration as XML: one promotable DRBD, the pool on top, a power switch for each node. */
import {guestsResource, hostAddress, legResource, nodes, pool, ports, resource, volume, volumeResource} from './config.ts';
import {hypervisorUri} from './hypervisor.ts';
import type {Agent, Kind} from './kind.ts';

type Values = Readonly<Record<string, string>>;

const pairs = (id: string, values: Values): string =>
	Object.entries(values)
		.map(([name, value]) => `<nvpair id="${id}-${name}" name="${name}" value="${value}"/>`)
		.join('');

const attributes = (tag: string, id: string, values: Values): string =>
	Object.keys(values).length > 0 ? `<${tag} id="${id}">${pairs(id, values)}</${tag}>` : '';

interface Operation {
	readonly name: string;
	readonly timeout: string;
	readonly interval?: string;
	readonly role?: string;
}

function primitive(id: string, agent: Agent, operations: readonly Operation[], meta: Values = {}): string {
	const ops = operations.map(({name, timeout, interval = '0s', role}) => {
		const named = `id="${id}-${name}-${interval}" name="${name}" timeout="${timeout}" interval="${interval}"`;
		return `<op ${named}${role ? ` role="${role}"` : ''}/>`;
	});
	const type = `class="ocf" provider="${agent.provider}" type="${agent.type}"`;
	const parameters = attributes('instance_attributes', `${id}-parameters`, agent.parameters);
	const metaAttributes = attributes('meta_attributes', `${id}-meta`, meta);
	return `<primitive id="${id}" ${type}>${parameters}${metaAttributes}<operations>${ops.join('')}</operations></primitive>`;
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
	{name: 'start', timeout: '240s'},
	{name: 'stop', timeout: '120s'},
	{name: 'monitor', timeout: '60s', interval: '15s'},
];

const legOperations = [
	{name: 'start', timeout: '240s'},
	{name: 'stop', timeout: '120s'},
	{name: 'monitor', timeout: '60s', interval: '15s'},
];

/** Seen: 170 s for a first start, where the host was slow and busy with other things. */
const volumeOperations = [
	{name: 'start', timeout: '420s'},
	{name: 'stop', timeout: '180s'},
	{name: 'monitor', timeout: '60s', interval: '15s'},
];

/** Eight guests start within 40 s where emulation runs within emulation, and other work there takes its share. */
const guestsOperations = [
	{name: 'start', timeout: '300s'},
	{name: 'stop', timeout: '180s'},
	{name: 'monitor', timeout: '60s', interval: '20s'},
];

/**
 * Both nodes lose each other, and each wants the other fenced: the one with the pool shall win, so whoever fences that one waits
 * this long. Both see the loss at the end of a token and a consensus (3 s and 3.6 s), at most one of these apart; then the winner
 * has to be elected, to calculate and to log in, 10 s where everything is emulated and it has the pool's work to do.
 */
const HEAD_START = '20s';

const switches = {
	fence_lab: (node: string): Values => ({plug: node, ip: hostAddress, ipport: String(ports.power), pcmk_host_list: node}),
	fence_libvirt: (node: string): Values => ({plug: node, uri: hypervisorUri, pcmk_host_list: node}),
};

function stonith(node: string, type: Kind['stonith']): string {
	const id = `power-${node}`;
	const values = switches[type](node);
	const operation = `<operations><op id="${id}-monitor" name="monitor" interval="600s" timeout="60s"/></operations>`;
	const parameters = attributes('instance_attributes', `${id}-parameters`, values);
	return `<primitive id="${id}" class="stonith" type="${type}">${parameters}${operation}</primitive>`;
}

const cloneOf = (id: string): string => `${id}-clone`;

/** What the pool stands on. */
function below({drbd, leg, volume: copies, notify}: Kind): string[] {
	const clones = {'clone-max': '2', 'clone-node-max': '1'};
	const meta = {
		...clones,
		promotable: 'true',
		'promoted-max': '1',
		'promoted-node-max': '1',
		notify: String(notify),
	};
	const clone = (agent: Agent): string[] => [
		`<clone id="${cloneOf(resource)}">`,
		attributes('meta_attributes', `${cloneOf(resource)}-meta`, meta),
		primitive(resource, agent, drbdOperations),
		'</clone>',
	];
	const both = (agent: Agent): string[] => [
		`<clone id="${cloneOf(volumeResource)}">`,
		attributes('meta_attributes', `${cloneOf(volumeResource)}-meta`, {...clones, interleave: 'true'}),
		primitive(volumeResource, agent, volumeOperations),
		'</clone>',
	];
	return [...(drbd ? clone(drbd) : []), ...(leg ? [primitive(legResource, leg, legOperations)] : []), ...(copies ? both(copies) : [])];
}

export function resources(kind: Kind): string {
	const power = nodes.map(node => stonith(node, kind.stonith));
	const tank = primitive(pool, kind.zpool, poolOperations, kind.guests || kind.soak ? {priority: '10'} : {});
	const onTop = kind.guests ? [primitive(guestsResource, kind.guests, guestsOperations)] : [];
	return ['<resources>', ...power, ...below(kind), tank, ...onTop, '</resources>'].join('');
}

const drbdConstraints = [
	`<rsc_colocation id="pool-with-primary" rsc="${pool}" with-rsc="${cloneOf(resource)}" with-rsc-role="Promoted" score="INFINITY"/>`,
	`<rsc_order id="primary-then-pool" first="${cloneOf(resource)}" first-action="promote" then="${pool}" then-action="start" kind="Mandatory"/>`,
];
const notBehind = (id: string, name: string): string =>
	`<rsc_location id="${id}-not-behind" rsc="${id}"><rule id="${id}-not-behind-rule" score="-INFINITY"><expression id="${id}-not-behind-expression" attribute="twinpool-behind-${name}" operation="eq" value="1"/></rule></rsc_location>`;
const legConstraints = [
	`<rsc_colocation id="pool-with-leg" rsc="${pool}" with-rsc="${legResource}" score="INFINITY"/>`,
	`<rsc_order id="leg-then-pool" first="${legResource}" then="${pool}" kind="Mandatory"/>`,
	notBehind(legResource, pool),
];
const volumeConstraints = [
	`<rsc_colocation id="pool-with-volume" rsc="${pool}" with-rsc="${cloneOf(volumeResource)}" score="INFINITY"/>`,
	`<rsc_order id="volume-then-pool" first="${cloneOf(volumeResource)}" then="${pool}" kind="Mandatory"/>`,
	notBehind(pool, volume),
];

export function constraints(kind: Kind): string {
	const onTop = [
		`<rsc_colocation id="guests-with-pool" rsc="${guestsResource}" with-rsc="${pool}" score="INFINITY"/>`,
		`<rsc_order id="pool-then-guests" first="${pool}" then="${guestsResource}" kind="Mandatory"/>`,
	];
	return [
		'<constraints>',
		...nodes.map(node => `<rsc_location id="power-${node}-elsewhere" rsc="power-${node}" node="${node}" score="-INFINITY"/>`),
		...(kind.drbd ? drbdConstraints : []),
		...(kind.leg ? legConstraints : []),
		...(kind.volume ? volumeConstraints : []),
		...(kind.guests ? onTop : []),
		'</constraints>',
	].join('');
}

/** By the kind of attribute they are for crm_attribute. */
export const properties = (kind: Kind): Readonly<Record<string, Values>> => ({
	crm_config: {
		'stonith-enabled': 'true',
		'stonith-action': 'reboot',
		'stonith-timeout': '60s',
		'no-quorum-policy': 'stop',
		'cluster-recheck-interval': '15min',
		...(kind.guests || kind.soak ? {'priority-fencing-delay': HEAD_START} : {}),
		// A start above a volume that comes before its keeper let one copy be enough is tried again at once, as README says.
		...(kind.volume ? {'start-failure-is-fatal': 'false'} : {}),
	},
	rsc_defaults: {'resource-stickiness': '200', ...(kind.soak ? {'failure-timeout': '60s'} : {})},
});
