import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import type {Outcome} from '../lifecycle.ts';
import {run} from '../run.ts';
import {drop} from '../sockets.ts';
import {gluster} from './cli.ts';
import {homeless, roomless} from './dataset.ts';
import {type Kept, sides} from './kept.ts';
import {DAEMON, peerHosts} from './peer.ts';
import {brickProcess, daemon, held} from './process.ts';
import {strangers, type Volume} from './store.ts';
import {done} from './xml.ts';

/** glusterd waits for a peer that it believes in: what is known to be lost it must be told. */
export const forget = (kept: Kept, volume: Volume): Promise<string | undefined> => drop(peerHosts(kept, sides(volume).there), [DAEMON]);

/** How long clients may take to find a glusterd again, in milliseconds. */
const FOUND = 4000;

async function systemctl(args: readonly string[], does: string, deadline: Deadline, signal?: AbortSignal): Promise<string | undefined> {
	const {exit, stderr} = await run(['systemctl', ...args, 'glusterd.service'], optionsOf(deadline, signal));
	return exit === 0 ? undefined : `glusterd does not ${does}: ${stderr.trim().split('\n')[0] ?? ''}`;
}

const optionsOf = (deadline: Deadline, signal?: AbortSignal) => ({timeout: Math.max(1, deadline.left()), ...(signal && {signal})});

/** For what its own commands do not mend: while it runs "gluster peer probe" says that it has the peer, and writes no record (seen). */
export const REMEDY = '"twinpool doctor" has the command that writes it';

/**
 * Gives why it does not start. One that was killed waits a minute for systemd (RestartSec), and so does a start of it, which joins that
 * wait; a restart does not (seen: 12 s and nothing, then at once), and nothing of its unit is left then that it could hurt. One that
 * failed may have had its six starts an hour: what was mended since would have to wait for that (seen too, by reset-failed alone it went on).
 */
export async function launchDaemon(volume: Volume, deadline: Deadline, signal?: AbortSignal): Promise<string | undefined> {
	const {stdout} = await run(['systemctl', 'show', '--property=SubState', 'glusterd.service'], optionsOf(deadline, signal));
	const state = stdout.trim().replace('SubState=', '');
	if (state === 'failed') {
		await systemctl(['reset-failed'], 'start', deadline, signal);
	}
	const why = await systemctl([/^(auto-restart|stop|final)/u.test(state) ? 'restart' : 'start'], 'start', deadline, signal);
	const [lost] = strangers(volume);
	return why && lost ? `glusterd does not start without its record of peer ${lost.host}, which is gone: ${REMEDY}` : why;
}

/**
 * glusterd alone is held, or goes on: its unit's stop would take every volume's bricks and self-heal daemons with it (KillMode is
 * control-group), and its start takes a minute beside a peer that it knows (seen with 10.3: 67 s). Gives why it does not.
 */
const hold = (deadline: Deadline): Promise<string | undefined> => systemctl(['kill', '--kill-who=main', '--signal=STOP'], 'hold', deadline);
export const letGo = (deadline: Deadline): Promise<string | undefined> =>
	held() ? systemctl(['kill', '--kill-who=main', '--signal=CONT'], 'go on', deadline) : Promise.resolve(undefined);

export async function startDaemon(volume: Volume, deadline: Deadline, signal?: AbortSignal): Promise<Outcome> {
	const why = await launchDaemon(volume, deadline, signal);
	await sleep(FOUND);
	return {again: why ?? 'glusterd was started', later: true};
}

/** glusterd starts what is missing of a volume, its self-heal daemon too; but only what lies where it lay. */
export async function revive(kept: Kept, volume: Volume, deadline: Deadline, signal?: AbortSignal): Promise<Outcome> {
	for (const {path} of sides(volume).here) {
		const why = homeless(volume.name, path) ?? roomless(path);
		if (why !== undefined) {
			return {again: why, later: true};
		}
	}
	if (kept.memory.misses > 0) {
		await forget(kept, volume);
	}
	if (daemon() === undefined) {
		return startDaemon(volume, deadline, signal);
	}
	await done(await gluster(['volume', 'start', volume.name, 'force'], deadline, signal));
	return {done: true};
}

/** Ends this volume's bricks on this host, and nobody else's. Gives which it had to leave. */
export function endBricks(volume: Volume, signal: 'SIGTERM' | 'SIGKILL'): string[] {
	return sides(volume).here.flatMap(brick => {
		const found = brickProcess(volume, brick);
		if (found?.shared) {
			return [`${brick.host}:${brick.path} is in process ${found.pid} with bricks of other volumes (cluster.brick-multiplex)`];
		}
		if (found) {
			process.kill(found.pid, signal);
		}
		return [];
	});
}

/**
 * glusterd goes first: it starts a brick that is missing when it takes over the other one's configuration, and with that tells this
 * host's clients that one copy is enough.
 */
export async function halt(volume: Volume, deadline: Deadline): Promise<Outcome> {
	const why = daemon() === undefined || held() ? undefined : await hold(deadline);
	const left = endBricks(volume, 'SIGKILL');
	return why === undefined && left.length === 0 ? {done: true} : {again: [why ?? [], left].flat().join('; '), later: true};
}
