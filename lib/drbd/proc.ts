import {diskOf, peerDiskOf, peerRoleOf, roleOf, worst} from './events2.ts';
import {CONNECTIONS, type Connection, type Facts, type Volume} from './states.ts';

/** One minor's line: ` 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----`. */
const LINE = /^\s*(\d+): cs:(\S+)(?: ro:([^/\s]+)\/(\S+) ds:([^/\s]+)\/(\S+)(?: +[ABC])? +(\S+))?/gmu;

/** The connection states in which both sides still talk to each other about data; the rest of 8.4's words are the kernel's own. */
const REPLICATING =
	/^(Connected|StartingSync[ST]|WFBitMap[ST]|WFSyncUUID|SyncSource|SyncTarget|VerifyS|VerifyT|PausedSync[ST]|Ahead|Behind)$/u;

/** The module's major version, 8 or 9; nothing when it is not loaded. */
export const majorVersion = (text: string | undefined): number | undefined => {
	const major = /^version: (\d+)\./mu.exec(text ?? '')?.[1];
	return major === undefined ? undefined : Number(major);
};

/**
 * What 8.4's /proc/drbd says of a resource, which it knows only by its minors. No lock of the kernel's is needed for it:
 * in fence-peer the netlink lock may be held by the very promotion that waits for the handler.
 * Nothing when one of the minors is not there.
 */
export function procFacts(text: string, name: string, minors: readonly number[]): Facts | undefined {
	const lines = [...text.matchAll(LINE)].filter(([, minor, , role]) => role && minors.includes(Number(minor)));
	const [first] = lines;
	if (!first || lines.length < minors.length) {
		return undefined;
	}
	const volumes = lines.map(
		([, minor, connection = '', , , disk, peerDisk], volume): Volume => ({
			volume,
			minor: Number(minor),
			disk: diskOf(disk),
			peerDisk: peerDiskOf(peerDisk),
			replication: replicationOf(connection),
			quorum: true,
			client: false,
			inSync: undefined,
		}),
	);
	return {
		name,
		role: roleOf(first[3]),
		peerRole: peerRoleOf(first[4]),
		// All volumes share one connection; while it changes, the one that is behind tells.
		connection: lines.map(([, , word = '']) => connectionOf(word)).find(connection => connection !== 'Connected') ?? 'Connected',
		// The kernel does not print here why I/O is held: what it asks a handler about is fencing.
		suspended: first[7]?.startsWith('s') ? 'fencing' : 'no',
		disk: worst(
			volumes.map(({disk}) => disk),
			'Diskless',
		),
		peerDisk: worst(
			volumes.map(({peerDisk}) => peerDisk),
			'DUnknown',
		),
		volumes,
	};
}

/** The volumes of these minors whose sides differ, by 8.4's counters below each line: `oos:3072`, in KiB. */
export function outOfSync(text: string, minors: readonly number[]): {minor: number; kib: number}[] {
	return [...text.matchAll(/^\s*(\d+): cs:.*\n.*\boos:(\d+)$/gmu)]
		.map(([, minor, kib]) => ({minor: Number(minor), kib: Number(kib)}))
		.filter(({minor, kib}) => minors.includes(minor) && kib > 0);
}

/** 8.4 has one word for connection and replication, and calls Connecting by the phase it is in. */
function connectionOf(word: string): Connection {
	if (REPLICATING.test(word)) {
		return 'Connected';
	}
	return CONNECTIONS.find(one => one === word) ?? (/^WF(Connection|ReportParams)$/u.test(word) ? 'Connecting' : 'StandAlone');
}

function replicationOf(word: string): string {
	if (word === 'Connected') {
		return 'Established';
	}
	return REPLICATING.test(word) ? word : 'Off';
}

/**
 * How far 8.4 is with the resync or verify of each minor, by the bar below its line: `sync'ed:  0.4% (1047968/1048508)K`, and
 * `finish: 0:43:39 speed: 268 (268) K/sec`.
 */
export function progressOf(text: string): Map<number, Pick<Volume, 'done' | 'eta'>> {
	const found = [
		...text.matchAll(/^\s*(\d+): cs:.*\n.*\n.*(?:sync'ed|verified):\s*(\d{1,3}(?:\.\d+)?)%.*(?:\n\s*finish: (\d{1,6}):(\d\d):(\d\d))?/gmu),
	];
	return new Map(
		found.map(([, minor, done, hours, minutes, seconds]) => [
			Number(minor),
			{done: Number(done), ...(seconds !== undefined && {eta: (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)})},
		]),
	);
}
