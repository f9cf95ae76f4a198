import {link, list, read} from '../host.ts';
import type {Brick, Volume} from './store.ts';

const RUN = '/run/gluster';
const words = (pid: string | number): string[] => (read(`/proc/${pid}/cmdline`) ?? '').split('\0');

/** The process whose number is in the file, if it is the one that is meant. */
function running(file: string, meant: (words: string[]) => boolean): number | undefined {
	const pid = Number(read(file)?.trim() || Number.NaN);
	return Number.isInteger(pid) && pid > 0 && meant(words(pid)) ? pid : undefined;
}

const dashes = (path: string): string => path.replace(/^\//u, '').replaceAll('/', '-');
/** A process of its own says so in its command line; with cluster.brick-multiplex one process has many bricks. */
const idOf = ({name}: Volume, {host, path}: Brick): string => `${name}.${host}.${dashes(path)}`;

/** A brick's process; `shared` when it has bricks of other volumes too. */
export function brickProcess(volume: Volume, brick: Brick): {pid: number; shared: boolean} | undefined {
	const file = `${RUN}/vols/${volume.name}/${brick.host}-${dashes(brick.path)}.pid`;
	const pid = running(file, said => /(^|\/)glusterfsd$/u.test(said[0] ?? ''));
	if (pid === undefined) {
		return undefined;
	}
	// One process in two files has two bricks, whatever its command line says.
	const twice = list(`${RUN}/vols`).flatMap(vol => list(`${RUN}/vols/${vol}`).map(name => `${RUN}/vols/${vol}/${name}`));
	const shared = twice.filter(one => one.endsWith('.pid') && Number(read(one)?.trim()) === pid).length > 1;
	return shared || words(pid).includes(idOf(volume, brick)) ? {pid, shared} : undefined;
}

/** The self-heal daemon: since Gluster 7 one a volume, before that one a host. */
export const healer = ({name}: Volume): number | undefined =>
	running(`${RUN}/shd/${name}/${name}-shd.pid`, said => said.includes(`shd/${name}`)) ??
	running(`${RUN}/glustershd/glustershd.pid`, said => said.some(word => word.includes('glustershd')));

export const daemon = (): number | undefined => running('/run/glusterd.pid', said => /(^|\/)glusterd$/u.test(said[0] ?? ''));

/** Who has something open below a directory, or works there: the process by number and name. */
export function users(directory: string): {pid: number; name: string}[] {
	const below = (path: string | undefined): boolean => path === directory || (path?.startsWith(`${directory}/`) ?? false);
	return list('/proc')
		.filter(name => /^\d+$/u.test(name))
		.filter(pid => [link(`/proc/${pid}/cwd`), ...list(`/proc/${pid}/fd`).map(fd => link(`/proc/${pid}/fd/${fd}`))].some(below))
		.map(pid => ({pid: Number(pid), name: (read(`/proc/${pid}/comm`) ?? '').trim()}));
}

/** Whether a machine on this host has its disk on the volume through libgfapi, which opens no file. */
export const gfapi = ({name}: Volume): boolean =>
	list('/proc').some(
		pid => /^\d+$/u.test(pid) && words(pid).some(word => /gluster(\+\w+)?:\/\/|"driver":"gluster"/u.test(word) && word.includes(name)),
	);
