/** The kernel's own words, in the kernel's own order, worst first (drbd_strings.c, both versions). */
export const ROLES = ['Unknown', 'Primary', 'Secondary'] as const;
export const DISKS = [
	'Diskless',
	'Attaching',
	'Detaching',
	'Failed',
	'Negotiating',
	'Inconsistent',
	'Outdated',
	'DUnknown',
	'Consistent',
	'UpToDate',
] as const;
export const CONNECTIONS = [
	'StandAlone',
	'Disconnecting',
	'Unconnected',
	'Timeout',
	'BrokenPipe',
	'NetworkFailure',
	'ProtocolError',
	'TearDown',
	'Connecting',
	'Connected',
] as const;

export type Role = (typeof ROLES)[number];
export type Disk = (typeof DISKS)[number];
export type Connection = (typeof CONNECTIONS)[number];

/** One volume here and, as far as it is known, at the peer. */
export interface Volume {
	volume: number;
	minor: number;
	disk: Disk;
	peerDisk: Disk;
	/** `Off`, `Established`, `SyncSource`, `SyncTarget`, `PausedSyncT`, `VerifyS`, ... as events2 prints it. */
	replication: string;
	/** DRBD 9 with quorum configured; `true` where the kernel does not say. */
	quorum: boolean;
	/** DRBD 9: diskless on purpose. */
	client: boolean;
	/** Percent of the volume that both sides have, where the kernel told sizes. */
	inSync: number | undefined;
	/** KiB that differ, where the kernel told. */
	behind?: number;
	/** Percent of a resync or verify that runs, and the seconds that it takes still, where the kernel told. */
	done?: number;
	eta?: number;
}

/** One resource as one look at the kernel shows it. Words that this version does not know are the most pessimistic ones. */
export interface Facts {
	name: string;
	role: Exclude<Role, 'Unknown'>;
	connection: Connection;
	peerRole: Role;
	/** The worst of all volumes: a resource is as good as its worst volume. */
	disk: Disk;
	peerDisk: Disk;
	/** Why I/O is held (`fencing`, `no-data`, `quorum`, `user`), or `no`. */
	suspended: string;
	volumes: Volume[];
	/** The cluster manager knows that the peer is down, also where DRBD has not noticed yet; asked only where it matters. */
	peerDown?: boolean;
}

/** The node attribute that tells the cluster how a resource stands. */
export const attributeOf = (resource: string): string => `twinpool-drbd-${resource}`;
