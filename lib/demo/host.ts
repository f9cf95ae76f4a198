import type {Connection, Disk, Role} from '../drbd/states.ts';

export const NAMES = ['alpha', 'bravo'] as const;
export type Name = (typeof NAMES)[number];
export const other = (name: Name): Name => (name === 'alpha' ? 'bravo' : 'alpha');

/** The pool's label as it stands on the data: who had it last, and whether it was given back. */
export interface Label {
	pool: string;
	guid: bigint;
	state: 'active' | 'exported';
	txg: number;
	hostid: number;
	hostname: string;
}

/** What the device holds: the pool's label and the client's numbered records. */
export interface Data {
	label: Label | undefined;
	records: Set<number>;
}

/** A backing disk with DRBD's metadata: all that a power cut leaves. */
export interface Store {
	data: Data;
	/** Data generations, oldest first, as the UUIDs of DRBD's metadata tell them. */
	generations: string[];
	quality: 'UpToDate' | 'Outdated' | 'Inconsistent';
	/** DRBD wrote down that the peer is outdated, so this data may be trusted alone. */
	peerOutdated: boolean;
	/** A Primary lost its power here: the newest blocks may be on this side only. */
	crashed: boolean;
}

/** What the kernel holds of a configured resource; all volumes move together. */
export interface Resource {
	role: Exclude<Role, 'Unknown'>;
	connection: Connection;
	peerRole: Role;
	disk: Disk;
	peerDisk: Disk;
	replication: string;
	/** Percent of a running resync. */
	done: number;
	/** I/O is frozen until the fence-peer handler has answered. */
	frozen: boolean;
	/** A second process asking for a change of state waits here. */
	busy: boolean;
}

/** How a tool is made to fail. `hang` gives no answer at all, `garble` changes what it prints. */
export type Fault = 'hang' | 'garbage' | 'killed' | {exit: number; stderr?: string; stdout?: string} | {garble(stdout: string): string};

/** One simulated host: its kernel, its disk, and the directory that stands for its files. */
export interface Host {
	readonly name: Name;
	readonly id: number;
	readonly hostid: number;
	readonly address: string;
	/** The root of its files; its tools are in `bin` below. */
	readonly root: string;
	on: boolean;
	/** Pacemaker runs here. */
	clustered: boolean;
	module: boolean;
	resource: Resource | undefined;
	store: Store;
	/** The pool is imported here, with the kstat's word. */
	pool: string | undefined;
	/** By `tool:verb` or `tool`. */
	faults: Map<string, Fault>;
	/** Process groups of the programs that run here. */
	groups: Set<number>;
}

export const newHost = (name: Name, root: string): Host => ({
	name,
	id: NAMES.indexOf(name),
	hostid: 0x00_a1_fa_00 + NAMES.indexOf(name) + 1,
	address: `10.9.1.${NAMES.indexOf(name) + 1}`,
	root,
	on: true,
	clustered: true,
	module: true,
	resource: undefined,
	store: {
		data: {
			label: {pool: 'tank', guid: 10_899_516_524_290_195_228n, state: 'exported', txg: 42, hostid: 0x00_a1_fa_01, hostname: 'alpha'},
			records: new Set(),
		},
		generations: ['B2B9771AE49CB9C4'],
		quality: 'UpToDate',
		peerOutdated: false,
		crashed: false,
	},
	pool: undefined,
	faults: new Map(),
	groups: new Set(),
});
