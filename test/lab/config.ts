/** What the lab is made of: names, addresses, ports and folders, in one place. */
import {homedir} from 'node:os';
import {join} from 'node:path';

export const nodes = ['alpha', 'bravo'] as const;
export type Node = (typeof nodes)[number];

export const other = (node: Node): Node => (node === 'alpha' ? 'bravo' : 'alpha');
export const numberOf = (node: Node): number => nodes.indexOf(node) + 1;

const {env} = process;

/** Images, keys and the running VMs live here, outside the checkout. */
export const cache = env['TWINPOOL_LAB'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'twinpool', 'lab');

/** In a node of the soak: what the agents ran, a JSON line a command. */
export const transcript = '/var/log/twinpool.transcript';

export const runDirectory = join(cache, 'run');
export const key = join(cache, 'key');

const base = Number(env['TWINPOOL_LAB_PORT'] ?? 7700);
export const ports = {
	power: base,
	ssh: (node: Node): number => base + numberOf(node),
	/** The host's libvirt, over ssh. */
	hypervisor: base + 3,
	/** Both ends of a link between the nodes, on the host's loopback. */
	link: (link: Link, node: Node): number => base + 10 * (1 + links.indexOf(link)) + numberOf(node),
};

export const links = ['cluster', 'storage'] as const;
export type Link = (typeof links)[number];
export const address = (link: Link, node: Node): string => `10.77.${links.indexOf(link) + 1}.${numberOf(node)}`;

/** Where a node finds the host. */
export const hostAddress = '10.0.2.2';

export const resource = 'vmstore';
export const pool = 'tank';
export const guestsResource = 'guests';
/** The disks of a node, in the order of its command line; and the second one, where device-mapper is in between. */
export const disks = {root: '/dev/vda', data: '/dev/vdb', spare: '/dev/vdc', mapped: '/dev/mapper/data'} as const;

export const volumeResource = 'volume';
/** The volume, where each node mounts it, and where its brick is. */
export const volume = 'vm';
export const volumeMount = '/vol';
export const brick = '/brick/data/vm';

export const legResource = 'leg';
/** A node's name as an iSCSI initiator, and its target's. */
export const initiatorOf = (node: Node): string => `iqn.2026-11.test.twinpool:${node}`;
export const targetOf = (node: Node): string => `${initiatorOf(node)}.${pool}`;
