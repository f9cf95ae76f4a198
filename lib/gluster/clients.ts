import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import {at} from '../host.ts';
import {mounts} from '../mounts.ts';
import {run} from '../run.ts';
import {TYPE} from './mount.ts';
import {gfapi} from './process.ts';
import type {Volume} from './store.ts';

/** How long clients may take to take up a new option: glusterd tells them after it has answered. Those that can be asked get longer. Milliseconds. */
export const APPLY = 1000;
const ASKED = 4 * APPLY;
const PAUSE = 100;

/**
 * Wait until the clients of this host go by a new quorum. A mount tells what it goes by in its virtual directory .meta, which its client
 * answers by itself (seen with Gluster 10.3); it is asked by a process of its own, since what goes through a mount may hang. Who tells
 * nothing, as a machine that uses libgfapi, is given a second.
 */
export async function learned(volume: Volume, copies: number, deadline: Deadline): Promise<void> {
	const begun = performance.now();
	const told = await Promise.all(pointsOf(volume).map(point => goesBy(point, volume, `${copies}`, deadline.within(ASKED))));
	if (told.length === 0 || told.includes(false) || gfapi(volume)) {
		await sleep(Math.max(0, APPLY - (performance.now() - begun)));
	}
}

const pointsOf = ({name}: Volume): string[] =>
	mounts()
		.filter(({type, source}) => type === TYPE && [name, `/${name}`].includes(source.slice(source.indexOf(':') + 1)))
		.map(({point}) => point);

/** Whether a mount says that it does; no when it does not tell, or not in time. */
async function goesBy(point: string, {name}: Volume, copies: string, deadline: Deadline): Promise<boolean> {
	let known = false;
	const file = at(`${point}/.meta/graphs/active/${name}-replicate-0/options/quorum-count`);
	for (;;) {
		const said = await run(['cat', file], {timeout: Math.max(1, Math.min(APPLY, deadline.left()))}).then(
			({exit, stdout}) => (exit === 0 ? stdout.trim() : ''),
			() => '',
		);
		known ||= said !== '';
		if (said === copies || !known || deadline.left() < PAUSE) {
			return said === copies;
		}
		await sleep(PAUSE);
	}
}
