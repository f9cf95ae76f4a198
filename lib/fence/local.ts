import type {Runner} from '../cluster/cib.ts';
import type {Deadline} from '../deadline.ts';
import {facts, line, NotEvents2} from '../drbd/events2.ts';
import {majorVersion, procFacts} from '../drbd/proc.ts';
import type {Disk, Facts} from '../drbd/states.ts';
import {read} from '../host.ts';
import {ToolError} from '../run.ts';
import type {Told} from './environment.ts';
import type {Situation} from './verdict.ts';

/** What DRBD on this host knows of the resource. */
export interface Local {
	version: 8 | 9;
	disk: Situation['disk'];
	role: Situation['role'];
	peerDisk: Situation['peerDisk'];
	/** Connected, and every volume UpToDate on every side: nobody is behind. */
	together: boolean;
	/** The kernel's words, for the trace. */
	words: string;
}

/**
 * Look at DRBD for fence-peer. On 8.4 only /proc/drbd is read: the netlink lock may be held by the promotion that waits for
 * this very handler. On 9, where /proc/drbd tells nothing of a resource, drbdsetup is safe.
 */
export function look(told: Told, deadline: Deadline, start: Runner): Promise<Local> {
	const text = read('/proc/drbd');
	const major = majorVersion(text) ?? (told.myId === undefined ? 8 : 9);
	if (major < 9) {
		const seen = procFacts(text ?? '', told.resource, told.minors);
		return Promise.resolve({...judge(seen), version: 8, together: together(seen)});
	}
	return ask(told, deadline, start);
}

/**
 * Look at the whole resource, by drbdsetup on either version: for the events outside of a promotion. At the end of a resync 8.4
 * names only the volume that it ended for, and the others are what matters.
 */
export async function ask(told: Told, deadline: Deadline, start: Runner): Promise<Local> {
	const {seen, all} = await events2(told.resource, deadline, start);
	// The kernel hands out who is still trusted: when it does not count this node, nothing else matters.
	const distrusted = told.nodes.some(({id, upToDate}) => id === told.myId && !upToDate) && told.nodes.some(({upToDate}) => upToDate);
	return {...judge(seen), ...(distrusted ? {disk: 'unknown'} : {}), version: 9, together: all};
}

async function events2(resource: string, deadline: Deadline, start: Runner): Promise<{seen: Facts | undefined; all: boolean}> {
	try {
		const {stdout} = await start(['drbdsetup', 'events2', '--now', resource], {timeout: Math.max(1, Math.min(5000, deadline.left()))});
		// `facts` tells of one peer; whether nobody is behind is asked of all of them.
		const fields = stdout
			.split('\n')
			.map(line)
			.flatMap(entry => (typeof entry === 'object' && entry.fields['name'] === resource ? [entry] : []));
		const every = (kind: string, key: string, word: string): boolean =>
			fields.every(({object, fields: has}) => object !== kind || has[key] === word);
		const peers = fields.some(({object}) => object === 'peer-device');
		const good =
			every('device', 'disk', 'UpToDate') &&
			every('peer-device', 'peer-disk', 'UpToDate') &&
			every('connection', 'connection', 'Connected');
		return {seen: facts(stdout, resource), all: peers && good};
	} catch (error) {
		if (error instanceof ToolError || error instanceof NotEvents2) {
			return {seen: undefined, all: false};
		}
		throw error;
	}
}

function judge(seen: Facts | undefined): Pick<Local, 'disk' | 'role' | 'peerDisk' | 'words'> {
	if (!seen || seen.volumes.length === 0) {
		return {disk: 'unknown', role: 'Primary', peerDisk: 'unknown', words: 'DRBD does not tell'};
	}
	const disks = seen.volumes.map(({disk}) => disk);
	const inconsistent = seen.volumes.every(({peerDisk}) => peerDisk === 'Inconsistent') && seen.peerRole !== 'Primary';
	return {
		disk: diskClass(disks),
		role: seen.role,
		peerDisk: inconsistent ? 'Inconsistent' : 'unknown',
		words: `${seen.connection} ${seen.role}/${seen.peerRole} ${seen.volumes.map(({disk, peerDisk}) => `${disk}/${peerDisk}`).join(' ')}`,
	};
}

/** The kernel goes by the best volume when it is told that the peer is down, so volumes that differ are a class of their own. */
function diskClass(disks: readonly Disk[]): Situation['disk'] {
	const all = (word: Disk): boolean => disks.every(disk => disk === word);
	if (all('UpToDate')) {
		return 'UpToDate';
	}
	if (disks.includes('UpToDate')) {
		return 'partly';
	}
	return all('Consistent') ? 'Consistent' : 'bad';
}

const together = (seen: Facts | undefined): boolean =>
	seen !== undefined &&
	seen.connection === 'Connected' &&
	seen.volumes.every(({disk, peerDisk}) => disk === 'UpToDate' && peerDisk === 'UpToDate');
