/** The configurations that are compared: everything else about a cluster is the same for all of them. */
import {address, disks, nodes, pool, resource, targetOf, volume, volumeMount} from './config.ts';

export interface Agent {
	readonly provider: string;
	readonly type: string;
	readonly parameters: Readonly<Record<string, string>>;
}

export interface Kind {
	/** What is below the pool: DRBD, a leg of its mirror, or a replicated volume, of which the pool's agent mounts a part. */
	readonly drbd?: Agent;
	readonly leg?: Agent;
	readonly volume?: Agent;
	readonly zpool: Agent;
	readonly notify: boolean;
	/** Event to program, for the DRBD resource. */
	readonly handlers: Readonly<Record<string, string>>;
	/** Who cuts a node's power: the lab's switch, or the host's libvirt, whose guests the nodes are then. */
	readonly stonith: 'fence_lab' | 'fence_libvirt';
	/** What runs on the pool besides the writer. */
	readonly guests?: Agent;
	/** Seconds between two records of the writer; without one as fast as it goes. */
	readonly pace?: number;
	/** Whether the nodes need our package. */
	readonly packaged: boolean;
	/**
	 * Made to be broken for hours: its disk is below device-mapper, the node with the pool wins when both lose each other, the pool's
	 * users are ended by a stop, a failure counts for a minute, and what the agents ran is kept.
	 */
	readonly soak?: true;
}

const drbd = {drbd_resource: resource};
const peerZpool = {pool, importargs: '-d /dev/drbd0'};
/** What the peers' configuration has, by our names. */
const sameHandlers = {
	'fence-peer': '/usr/lib/drbd/twinpool-fence-peer',
	'after-resync-target': '/usr/lib/drbd/twinpool-after-resync-target',
};

const ownHandlers = {
	...sameHandlers,
	'unfence-peer': '/usr/lib/drbd/twinpool-unfence-peer',
	'before-resync-target': '/usr/lib/drbd/twinpool-before-resync-target',
	'split-brain': '/usr/lib/drbd/twinpool-split-brain',
};

/** A mirror of a disk of each node, one of them over iSCSI. */
const leg = {
	leg: {
		provider: 'twinpool',
		type: 'iscsi-leg',
		parameters: {
			pool,
			portal: nodes.map(node => address('storage', node)).join(' '),
			target: nodes.map(targetOf).join(' '),
			chap_username: 'leg',
			chap_password_file: '/etc/twinpool/leg-secret',
			chap_username_in: 'target',
			chap_password_in_file: '/etc/twinpool/leg-secret-in',
		},
	},
	zpool: {provider: 'twinpool', type: 'zpool', parameters: {pool}},
	notify: false,
	handlers: {},
	stonith: 'fence_lab',
	pace: 0.2,
	packaged: true,
} as const satisfies Kind;

/** A replicated volume; what moves is a directory of it, mounted where the pool is otherwise. */
const gluster = {
	volume: {provider: 'twinpool', type: 'gluster', parameters: {volname: volume, mountpoint: volumeMount}},
	zpool: {
		provider: 'heartbeat',
		type: 'Filesystem',
		parameters: {device: `${volumeMount}/data`, directory: `/${pool}`, fstype: 'none', options: 'bind'},
	},
	notify: false,
	handlers: {},
	stonith: 'fence_lab',
	pace: 0.2,
	packaged: true,
} as const satisfies Kind;

/** Ours with everything on: guests on the pool, and the nodes themselves guests, fenced by fence_libvirt. */
const guests = {
	drbd: {provider: 'twinpool', type: 'drbd', parameters: drbd},
	zpool: {provider: 'twinpool', type: 'zpool', parameters: {pool}},
	// Idle guests hear no request to shut down: a stop has no reason to wait for them.
	guests: {provider: 'twinpool', type: 'guests', parameters: {pool, uri: 'qemu:///system', stop_timeout: '10', parallel: '8'}},
	notify: false,
	handlers: ownHandlers,
	stonith: 'fence_libvirt',
	packaged: true,
} as const satisfies Kind;

/** An orderly stop ends who still uses the pool, as the client outside cannot be asked. */
const term = {provider: 'twinpool', type: 'zpool', parameters: {pool, holders: 'term'}} as const;

export const kinds = {
	/** What a careful admin has today. */
	peer: {
		drbd: {provider: 'linbit', type: 'drbd', parameters: drbd},
		zpool: {provider: 'heartbeat', type: 'ZFS', parameters: peerZpool},
		notify: true,
		handlers: {
			'fence-peer': '/usr/lib/drbd/crm-fence-peer.sh',
			'after-resync-target': '/usr/lib/drbd/crm-unfence-peer.sh',
		},
		stonith: 'fence_lab',
		packaged: false,
	},
	ours: {
		drbd: {provider: 'twinpool', type: 'drbd', parameters: drbd},
		zpool: {provider: 'twinpool', type: 'zpool', parameters: {pool}},
		notify: false,
		handlers: ownHandlers,
		stonith: 'fence_lab',
		packaged: true,
	},
	/** The peers' configuration with nothing but names changed. */
	dropin: {
		drbd: {provider: 'twinpool', type: 'drbd', parameters: drbd},
		zpool: {provider: 'twinpool', type: 'zpool', parameters: peerZpool},
		notify: true,
		handlers: sameHandlers,
		stonith: 'fence_lab',
		packaged: true,
	},
	leg,
	gluster,
	guests,
	/** The three layouts for the soak. */
	'soak-drbd': {...guests, zpool: term, pace: 0.1, soak: true},
	'soak-iscsi': {...leg, zpool: term, soak: true},
	'soak-gluster': {...gluster, soak: true},
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;

/** Where the data of a node is. */
export const dataDisk = ({soak}: Kind): string => (soak ? disks.mapped : disks.data);

/** DRBD on a disk, or on a zvol of a pool that each node keeps imported. */
export type Layout = 'disk' | 'zvol';
