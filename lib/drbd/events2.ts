import {CONNECTIONS, type Connection, DISKS, type Disk, type Facts, ROLES, type Role, type Volume} from './states.ts';

/** One line of `drbdsetup events2`, the same on 8.4 and 9: verb, object, then key:value words. */
export interface Line {
	verb: string;
	object: string;
	fields: Record<string, string>;
}

/** The text is no answer of events2: cut short, or not its grammar. */
export class NotEvents2 extends Error {
	override name = 'NotEvents2';
}

/** One line as verb, object and fields; `ready` for the lone dash that ends the first dump. */
export function line(text: string): Line | 'ready' | undefined {
	const [verb, object, ...words] = text.trim().split(/\s+/u);
	if (object === '-') {
		return 'ready';
	}
	if (!(verb && object) || words.length === 0) {
		return undefined;
	}
	return {verb, object, fields: Object.fromEntries(words.map(word => halves(word)))};
}

function halves(word: string): [string, string] {
	const colon = word.indexOf(':');
	return colon < 0 ? [word, ''] : [word.slice(0, colon), word.slice(colon + 1)];
}

/** A word of the kernel's; one that we do not know is taken for the worst. */
const known = <T extends string>(words: readonly T[], otherwise: T, word: string | undefined): T =>
	words.find(candidate => candidate === word) ?? otherwise;
export const roleOf = (word: string | undefined): Facts['role'] => (word === 'Secondary' ? 'Secondary' : 'Primary');
export const peerRoleOf = (word: string | undefined): Role => known(ROLES, 'Primary', word);
export const diskOf = (word: string | undefined): Disk => known(DISKS, 'Diskless', word);
export const peerDiskOf = (word: string | undefined): Disk => known(DISKS, 'DUnknown', word);
export const connectionOf = (word: string | undefined): Connection => known(CONNECTIONS, 'StandAlone', word);

/** A resource is as good as its worst volume; with none, as good as nothing. */
export const worst = (disks: Disk[], none: Disk): Disk => DISKS[Math.min(...disks.map(disk => DISKS.indexOf(disk)))] ?? none;

/**
 * What `drbdsetup events2 --now [--statistics] RESOURCE` says of one resource; nothing when it is not configured.
 * @throws {NotEvents2} when the dump does not end as one
 */
export const facts = (dump: string, name: string): Facts | undefined => resources(lines(dump, name)).find(one => one.name === name);

/**
 * The lines of a dump, `of` whatever it is.
 * @throws {NotEvents2} when it does not end as one
 */
export function lines(dump: string, of: string): Line[] {
	const found = dump.split('\n').map(line);
	if (!found.includes('ready')) {
		throw new NotEvents2(`drbdsetup events2 gave no whole answer for ${of}: "${dump.slice(0, 60)}"`);
	}
	return found.filter(entry => typeof entry === 'object');
}

/** Every resource that these lines describe: those of a dump, or what a stream of events has come to. */
export function resources(all: readonly Line[]): Facts[] {
	const names = all.filter(({object}) => object === 'resource').map(({fields}) => fields['name'] ?? '');
	return [...new Set(names)].map(name =>
		resourceOf(
			name,
			all.filter(({fields}) => fields['name'] === name),
		),
	);
}

function resourceOf(name: string, mine: readonly Line[]): Facts {
	const of = (object: string): Record<string, string>[] => mine.filter(entry => entry.object === object).map(({fields}) => fields);
	const [resource] = of('resource');
	const [connection] = of('connection');
	const peers = of('peer-device');
	const volumes = of('device').map(device =>
		volumeOf(
			device,
			peers.find(peer => peer['volume'] === device['volume']),
		),
	);
	return {
		name,
		role: roleOf(resource?.['role']),
		suspended: resource?.['suspended'] ?? 'no',
		connection: connection ? connectionOf(connection['connection']) : 'StandAlone',
		peerRole: connection ? peerRoleOf(connection['role']) : 'Unknown',
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

function volumeOf(device: Record<string, string>, peer: Record<string, string> | undefined): Volume {
	const size = Number(device['size']);
	const behind = Number(peer?.['out-of-sync']);
	const replication = peer?.['replication'] ?? 'Off';
	return {
		volume: Number(device['volume']),
		minor: Number(device['minor']),
		disk: diskOf(device['disk']),
		peerDisk: peer ? peerDiskOf(peer['peer-disk']) : 'DUnknown',
		replication,
		quorum: device['quorum'] !== 'no',
		client: device['client'] === 'yes',
		...(behind >= 0 && {behind}),
		inSync: size > 0 && behind >= 0 ? 100 * (1 - behind / size) : undefined,
		...(under(replication) && progress(peer)),
	};
}

/** Whether blocks go from one side to the other, or are compared. */
export const under = (replication: string): boolean => /^(Sync|PausedSync|Verify)/u.test(replication);

/** DRBD 9 tells how far it is, and with the statistics how long it takes still. */
function progress(peer: Record<string, string> | undefined): Pick<Volume, 'done' | 'eta'> {
	const [done, eta] = [Number(peer?.['done'] ?? Number.NaN), Number(peer?.['eta'] ?? Number.NaN)];
	return {...(done >= 0 && done <= 100 && {done}), ...(eta >= 0 && eta < Number.POSITIVE_INFINITY && {eta})};
}
