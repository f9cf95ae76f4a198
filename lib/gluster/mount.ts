import {mkdirSync} from 'node:fs';
import type {Deadline} from '../deadline.ts';
import {at} from '../host.ts';
import {mounts} from '../mounts.ts';
import {run} from '../run.ts';
import {users} from './process.ts';

const TYPE = 'fuse.glusterfs';
/** Whether the volume is mounted there. The mount itself is never asked: one that waits for a brick would hang us. */
export const mountedAs = (point: string): string | undefined =>
	mounts().find(mount => mount.point === point && mount.type === TYPE)?.source;

/** From this host's own glusterd: a client takes up its options only from the one that it was mounted from. Gives why not. */
export async function mountVolume(volume: string, point: string, deadline: Deadline): Promise<string | undefined> {
	if (mountedAs(point) !== undefined) {
		return undefined;
	}
	mkdirSync(at(point), {recursive: true});
	const {exit, stderr, stdout} = await run(['mount', '-t', 'glusterfs', `localhost:/${volume}`, point], {
		timeout: Math.max(1, Math.min(30_000, deadline.left())),
	});
	return exit === 0 ? undefined : `${point} cannot be mounted: ${(stderr || stdout).trim().split('\n').at(-1) ?? ''}`;
}

/** Gives who keeps it from being unmounted. */
export async function unmountVolume(point: string, deadline: Deadline): Promise<string | undefined> {
	if (mountedAs(point) === undefined) {
		return undefined;
	}
	const {exit, stderr} = await run(['umount', point], {timeout: Math.max(1, Math.min(30_000, deadline.left() / 2))});
	if (exit === 0) {
		return undefined;
	}
	const busy = users(point).map(({pid, name}) => `${name} (${pid})`);
	return `${point} cannot be unmounted${busy.length > 0 ? `: in use by ${busy.join(', ')}` : `: ${stderr.trim().split('\n')[0] ?? ''}`}`;
}
