import {statSync} from 'node:fs';
import {at, list, read} from '../host.ts';
import {own} from '../knock.ts';

/** One brick, as glusterd keeps it. */
export interface Brick {
	/** As the volume was created: a short name, an FQDN or an address. */
	host: string;
	path: string;
	/** Of the glusterd that serves it; empty in a store of old. */
	uuid: string;
	/** Its number in the bricks' records of each other: its place in the volume, until bricks were exchanged. */
	id: number;
	/** Where it listens, when it is on this host and runs; else 0. */
	port: number;
}

/** A volume, as glusterd keeps it in its working directory: read without a program, also while glusterd is down. */
export interface Volume {
	name: string;
	/** Its id, for good. */
	id: string;
	started: boolean;
	replica: number;
	/** Bricks that hold names only, a vote each. */
	arbiters: number;
	options: ReadonlyMap<string, string>;
	bricks: readonly Brick[];
}

const STORE = '/var/lib/glusterd';

/** Lines of KEY=VALUE. */
const pairs = (text: string | undefined): Map<string, string> =>
	new Map(
		(text ?? '')
			.split('\n')
			.flatMap(line => (line.includes('=') ? [[line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const] : [])),
	);

/** This host's glusterd, by its id; empty before its first start. */
export const ownUuid = (): string => pairs(read(`${STORE}/glusterd.info`)).get('UUID') ?? '';

/** Whether one process may have the bricks of many volumes: an option of all volumes. */
export const multiplexed = (): boolean =>
	/^(on|enable|yes|true|1)$/u.test(pairs(read(`${STORE}/options`)).get('cluster.brick-multiplex') ?? '');

/** glusterd's record of a peer, by the peer's id. */
export const recordOf = (uuid: string): string => `${STORE}/peers/${uuid}`;

/** Their ids. */
export const records = (): string[] => list(`${STORE}/peers`);

/** The glusterds that have a brick of the volume, and of which this host's has no record. */
export function strangers({bricks}: Volume): Brick[] {
	const known = [ownUuid(), '', ...records()];
	return bricks.filter(({uuid}, index) => !known.includes(uuid) && bricks.findIndex(brick => brick.uuid === uuid) === index);
}

/** The volumes of this host's pool of peers. */
export const volumes = (): string[] => list(`${STORE}/vols`);

/** When a volume's configuration was last written, in milliseconds since 1970. */
export const infoChanged = (name: string): number => statSync(at(`${STORE}/vols/${name}/info`), {throwIfNoEntry: false})?.mtimeMs ?? 0;

/** Nothing when this host's glusterd knows no such volume. */
export function volumeNamed(name: string): Volume | undefined {
	const info = pairs(read(`${STORE}/vols/${name}/info`));
	const id = info.get('volume-id');
	if (id === undefined) {
		return undefined;
	}
	// A thin arbiter's brick is no glusterd's: it is nobody's here, and has a vote all the same.
	const numbered = [...info].filter(([key]) => /^brick-\d+$/u.test(key)).map(([, file]) => file);
	const bricks = numbered.map((file, index): Brick => {
		const brick = pairs(read(`${STORE}/vols/${name}/bricks/${file}`));
		const [, host = '', path = ''] = /^(.*):(.*)$/u.exec(file) ?? [];
		return {
			host: brick.get('hostname') ?? host,
			path: brick.get('path') ?? path.replaceAll('-', '/'),
			uuid: brick.get('uuid') ?? '',
			id: Number(/-(\d+)$/u.exec(brick.get('brick-id') ?? '')?.[1] ?? index),
			port: Number(brick.get('listen-port') ?? 0),
		};
	});
	return {
		name,
		id,
		started: info.get('status') === '1',
		replica: Number(info.get('replica_count') ?? 1),
		arbiters: Number(info.get('arbiter_count') ?? 0) + Number(info.get('thin_arbiter_count') ?? 0),
		options: new Map([...info].filter(([key]) => key.includes('.'))),
		bricks,
	};
}

/** Is this brick on this host? By glusterd's id; in a store that has none by any name or address of this host. */
export function isHere({host, uuid}: Brick, me: {uuid: string; names: readonly string[]}): boolean {
	return uuid === '' ? me.names.includes(host.toLowerCase()) || own(host) : uuid === me.uuid;
}

/** What this host is called: in full, and up to the first dot. */
export function names(): string[] {
	const name = (read('/proc/sys/kernel/hostname') ?? '').trim().toLowerCase();
	return [...new Set([name, name.split('.')[0] ?? '', 'localhost'])].filter(Boolean);
}
