import {link, list, ours, read, statOf} from '../host.ts';
import {mounts} from '../mounts.ts';
import type {Brick, Volume} from './store.ts';

const RUN = '/run/gluster';
const words = (pid: string | number): string[] => (read(`/proc/${pid}/cmdline`) ?? '').split('\0');
/** The same of a process that is root's, as all of Gluster's are; nothing of anybody else's. */
const rooted = (pid: string | number): string[] => (ours(pid) ? words(pid) : []);

type Meant = (words: readonly string[]) => boolean;

/** The process whose number is in the file, if it is the one that is meant. */
function inFile(file: string, meant: Meant): number | undefined {
	const pid = Number(read(file)?.trim() || Number.NaN);
	return Number.isInteger(pid) && pid > 0 && meant(rooted(pid)) ? pid : undefined;
}

/**
 * By its number in a file, or else among all that run: glusterd writes there of a second process that ends at once, because the first
 * one still runs (seen after the other node's changes came in).
 */
const running = (file: string, meant: Meant): number | undefined =>
	inFile(file, meant) ??
	list('/proc')
		.map(Number)
		.find(pid => Number.isInteger(pid) && meant(rooted(pid)));

const dashes = (path: string): string => path.replace(/^\//u, '').replaceAll('/', '-');
/** A process of its own says so in its command line; with cluster.brick-multiplex one process has many bricks. */
const idOf = ({name}: Volume, {host, path}: Brick): string => `${name}.${host}.${dashes(path)}`;

/** A brick's process; `shared` when it has bricks of other volumes too. */
export function brickProcess(volume: Volume, brick: Brick): {pid: number; shared: boolean} | undefined {
	const file = `${RUN}/vols/${volume.name}/${brick.host}-${dashes(brick.path)}.pid`;
	const serves: Meant = said => /(^|\/)glusterfsd$/u.test(said[0] ?? '');
	// With cluster.brick-multiplex it says another brick's name.
	const pid = running(file, said => serves(said) && said.includes(idOf(volume, brick))) ?? inFile(file, serves);
	if (pid === undefined) {
		return undefined;
	}
	const all = list(`${RUN}/vols`).flatMap(vol => list(`${RUN}/vols/${vol}`).map(name => `${RUN}/vols/${vol}/${name}`));
	return {pid, shared: all.filter(one => one.endsWith('.pid') && Number(read(one)?.trim()) === pid).length > 1};
}

/** The self-heal daemon. Since Gluster 7 it names its first volume in its command line, before that none: `fit.ts` lets in no second one. */
export const healer = ({name}: Volume): number | undefined =>
	running(`${RUN}/shd/${name}/${name}-shd.pid`, said => said.includes(`shd/${name}`)) ??
	inFile(`${RUN}/glustershd/glustershd.pid`, said => said.some(word => word.includes('glustershd')));

export const daemon = (): number | undefined => inFile('/run/glusterd.pid', said => /(^|\/)glusterd$/u.test(said[0] ?? ''));
/** glusterd is there, and was told to do nothing (SIGSTOP). */
export const held = (): boolean => statOf(read(`/proc/${daemon()}/stat`))[0] === 'T';

/** Whether a mount is used: somebody has something open in it, or a part of it is mounted elsewhere too. */
export function used(point: string): boolean {
	const device = mounts().find(mount => mount.point === point)?.device;
	const points = mounts()
		.filter(mount => mount.device === device)
		.map(mount => mount.point);
	return points.length > 1 || points.some(one => users(one).length > 0);
}

/** Who has something open below a directory, or works there: the process by number and name. */
export function users(directory: string): {pid: number; name: string}[] {
	const below = (path: string | undefined): boolean => path === directory || (path?.startsWith(`${directory}/`) ?? false);
	return list('/proc')
		.filter(name => /^\d+$/u.test(name))
		.filter(pid => [link(`/proc/${pid}/cwd`), ...list(`/proc/${pid}/fd`).map(fd => link(`/proc/${pid}/fd/${fd}`))].some(below))
		.map(pid => ({pid: Number(pid), name: (read(`/proc/${pid}/comm`) ?? '').trim()}));
}

/** The client that serves a mount: what is mounted outlives it. */
export const client = (point: string): boolean =>
	list('/proc').some(pid => {
		const said = /^\d+$/u.test(pid) ? rooted(pid).filter(Boolean) : [];
		return /(^|\/)glusterfs$/u.test(said[0] ?? '') && said.at(-1) === point;
	});

/** Whether a machine on this host has its disk on the volume through libgfapi, which opens no file. */
export const gfapi = ({name}: Volume): boolean =>
	list('/proc').some(
		pid => /^\d+$/u.test(pid) && words(pid).some(word => /gluster(\+\w+)?:\/\/|"driver":"gluster"/u.test(word) && word.includes(name)),
	);
