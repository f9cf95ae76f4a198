import {setTimeout as sleep} from 'node:timers/promises';
import {refuse} from '../cluster/ground.ts';
import type {Deadline} from '../deadline.ts';
import {knock} from '../knock.ts';
import {forget, launchDaemon, letGo} from './bricks.ts';
import {gluster} from './cli.ts';
import {type Kept, sides} from './kept.ts';
import {DAEMON} from './peer.ts';
import {brickProcess, daemon} from './process.ts';
import {type Volume, volumeNamed} from './store.ts';
import {done, GlusterError} from './xml.ts';

const PAUSE = 500;
export const KNOCK = 1000;

/** Does the other host's glusterd answer? */
export async function away(volume: Volume): Promise<string | undefined> {
	const hosts = [...new Set(sides(volume).there.map(({host}) => host))];
	const silent = await Promise.all(hosts.map(host => knock({host, port: DAEMON}, KNOCK, 'no glusterd')));
	return silent.find(why => why !== undefined);
}

/** glusterd, the volume, and its bricks on this host. @throws {OcfError} */
export async function serve(kept: Kept, volume: Volume, deadline: Deadline): Promise<void> {
	if (daemon() === undefined) {
		const off = await launchDaemon(volume, deadline);
		if (off !== undefined) {
			refuse(off);
		}
	}
	const stays = await letGo(deadline);
	if (stays !== undefined) {
		refuse(stays);
	}
	const missing = (): boolean => sides(volume).here.some(brick => brickProcess(volume, brick) === undefined);
	let why = '';
	for (let first = true; missing(); first = false) {
		if (deadline.left() < 2 * PAUSE) {
			refuse(`a brick of ${volume.name} does not start${why && `: ${why}`}`);
		}
		// With glusterd its bricks begin, a moment later.
		if (!first) {
			if ((await away(volume)) !== undefined) {
				await forget(kept, volume);
			}
			const words = volumeNamed(volume.name)?.started ? ['force'] : [];
			why = await gluster(['volume', 'start', volume.name, ...words], deadline)
				.then(done)
				.then(() => '', sentence);
		}
		await sleep(first ? 4 * PAUSE : PAUSE);
	}
}

export const sentence = (error: unknown): string => {
	if (error instanceof GlusterError) {
		return error.message;
	}
	throw error;
};
