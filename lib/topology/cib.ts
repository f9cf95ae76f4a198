import type {Topology} from './schema.ts';
import {timing} from './timing.ts';

type Values = Readonly<Record<string, string | number | boolean>>;
export interface Operation {
	name: string;
	timeout: number;
	interval?: number;
	role?: 'Promoted' | 'Unpromoted';
}
export interface Resource {
	id: string;
	/** As both shells write it: ocf:twinpool:zpool, stonith:fence_libvirt. */
	agent: string;
	parameters: Values;
	operations: readonly Operation[];
	meta?: Values;
	/** It runs on both nodes, with these meta attributes of the clone. */
	clone?: Values;
	/** Never on this node. */
	not?: string;
	/** What it runs with, after it started, or was promoted. */
	on?: {id: string; promoted: boolean};
	/** A node attribute that keeps it away. */
	behind?: string;
}
export interface Cib {
	properties: Values;
	defaults: Values;
	resources: readonly Resource[];
}

const cloneOf = (id: string): string => `${id}-clone`;
const pair = {'clone-max': 2, 'clone-node-max': 1, interleave: true};
/** Whoever has this is the one that shoots first. */
const WORTH = {priority: 10};

/** What replicates, and what stands on it. */
function stack(topology: Topology, plain: readonly Operation[], promoting: readonly Operation[]): Resource[] {
	const {storage, nodes, timing: given} = topology;
	const tank = (pool: string, on: string, promoted: boolean): Resource => ({
		id: pool,
		agent: 'ocf:twinpool:zpool',
		parameters: {pool},
		operations: plain,
		meta: WORTH,
		on: {id: on, promoted},
	});
	switch (storage.kind) {
		case 'drbd': {
			const {resource, pool} = storage;
			const id = `drbd-${resource}`;
			const clone = {...pair, promotable: true, 'promoted-max': 1};
			return [
				{id, agent: 'ocf:twinpool:drbd', parameters: {drbd_resource: resource}, operations: promoting, clone},
				tank(pool, cloneOf(id), true),
			];
		}
		case 'iscsi-mirror': {
			const {pool, iqn} = storage;
			const parameters = {
				pool,
				portal: nodes.map(node => node.storage).join(' '),
				target: nodes.map(({name}) => `${iqn}:${name}.${pool}`).join(' '),
				stall: given.stall,
				chap_username: 'leg',
				chap_password_file: '/etc/twinpool/leg-secret',
				chap_username_in: 'target',
				chap_password_in_file: '/etc/twinpool/leg-secret-in',
			};
			const id = `leg-${pool}`;
			return [{id, agent: 'ocf:twinpool:iscsi-leg', parameters, operations: plain, behind: pool}, tank(pool, id, false)];
		}
		default: {
			const {volume, mountpoint} = storage;
			const parameters = {volname: volume, mountpoint, ping_timeout: timing(topology).ping};
			return [{id: `volume-${volume}`, agent: 'ocf:twinpool:gluster', parameters, operations: plain, clone: pair}];
		}
	}
}

const idle = (name: string, timeout: number): Operation => ({name, timeout});

/** The cluster's configuration, before either shell's words for it. */
export function cib(topology: Topology): Cib {
	const {nodes, storage, guests} = topology;
	const {monitor, stonith, promote, start} = timing(topology);
	const stop = idle('stop', promote);
	const plain = [idle('start', promote), stop, {name: 'monitor', timeout: monitor, interval: 10}];
	const promoting: Operation[] = [
		idle('start', start),
		idle('promote', promote),
		idle('demote', promote),
		stop,
		{name: 'monitor', timeout: monitor, interval: 15, role: 'Promoted'},
		{name: 'monitor', timeout: monitor, interval: 20, role: 'Unpromoted'},
	];
	const below = stack(topology, plain, promoting);
	const base = below.at(-1);
	const moved = storage.kind === 'gluster' ? {mountpoint: storage.mountpoint} : {pool: storage.pool};
	const vms: Resource[] = guests
		? [
				{
					id: 'guests',
					agent: 'ocf:twinpool:guests',
					parameters: {...moved, uri: guests.uri, stop_timeout: guests.stop_timeout},
					// Two fifths of the operation's time, 40 s at most, are kept for guests that have to be destroyed.
					operations: [
						idle('start', Math.max(300, start)),
						idle('stop', guests.stop_timeout + 90),
						{name: 'monitor', timeout: Math.max(60, monitor), interval: 20},
					],
					...(storage.kind === 'gluster' && {meta: WORTH, behind: storage.volume}),
					...(base && {on: {id: base.clone ? cloneOf(base.id) : base.id, promoted: false}}),
				},
			]
		: [];
	const {head_start: headStart} = topology.timing;
	// Where both nodes do the same neither is worth more, and the delay has to be at one of the devices.
	const equal = ![...below, ...vms].some(({meta}) => meta === WORTH);
	const power = nodes.map(
		({name, fence}, index): Resource => ({
			id: `fence-${name}`,
			agent: `stonith:${fence.agent}`,
			parameters: {...fence.parameters, pcmk_host_list: name, ...(equal && index === 0 && {pcmk_delay_base: `${headStart}s`})},
			operations: [{name: 'monitor', timeout: stonith, interval: 600}],
			not: name,
		}),
	);
	return {
		properties: {
			'stonith-enabled': true,
			'stonith-timeout': `${stonith}s`,
			'no-quorum-policy': 'stop',
			...(!equal && {'priority-fencing-delay': `${headStart}s`}),
		},
		// A start that failed once, as on a host that was busy, would keep a node out until somebody cleans up. What is refused is asked again.
		defaults: {'resource-stickiness': 200, 'failure-timeout': '60s'},
		resources: [...power, ...below, ...vms],
	};
}
