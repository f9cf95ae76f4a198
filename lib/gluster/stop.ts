import {rmSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import {at} from '../host.ts';
import {whyNot} from '../lifecycle.ts';
import type {Call} from '../ocf/agent.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {run} from '../run.ts';
import {endBricks, letGo} from './bricks.ts';
import {copy} from './index.ts';
import {guarded, type Kept, keptOf, sides} from './kept.ts';
import {refresh, resign} from './lease.ts';
import {unmountVolume} from './mount.ts';
import {noteOf} from './note.ts';
import {type GlusterParams, runFile} from './params.ts';
import {brickProcess} from './process.ts';
import {away} from './serve.ts';
import {type Volume, volumeNamed, volumes} from './store.ts';
import {keeperOff} from './unit.ts';
import {setCount} from './verbs.ts';

const LOOK = 200;
/** What is left for a brick that does not hear, in milliseconds. */
const LAST = 5000;

/** The mount goes, the other copy is given the say, and this volume's bricks on this host end; other volumes' stay. @throws {OcfError} */
export async function stopVolume({params, deadline, log}: Call<GlusterParams>): Promise<void> {
	const {volname} = params;
	const note = noteOf(volname);
	const point = note?.mountpoint ?? params.mountpoint;
	const busy = point === '' ? undefined : await unmountVolume(point, deadline);
	if (busy !== undefined) {
		throw new OcfError(OCF.ERR_GENERIC, busy);
	}
	const off = note ? await keeperOff(volname) : undefined;
	if (off) {
		// It would start the brick again.
		throw new OcfError(OCF.ERR_GENERIC, off);
	}
	const stays = await letGo(deadline);
	if (stays !== undefined) {
		log(stays);
	}
	const volume = volumeNamed(volname);
	if (volume && note) {
		await handOver(keptOf(params, note, log), volume, deadline);
	}
	if (volume) {
		await end(volume, deadline, log);
	}
	if (note?.daemon && !volumes().some(served)) {
		await run(['systemctl', 'stop', 'glusterd.service'], {timeout: Math.max(1, deadline.left())}).catch((error: unknown) =>
			log(String(error)),
		);
	}
	for (const kind of ['json', 'seen', 'env']) {
		rmSync(at(runFile(volname, kind)), {force: true});
	}
}

/** Whether this host serves a brick of that volume. */
function served(name: string): boolean {
	const volume = volumeNamed(name);
	return volume !== undefined && sides(volume).here.some(brick => brickProcess(volume, brick) !== undefined);
}

/** So that the other node's clients do not fail: it is told before this copy goes. What cannot be told in time its keeper finds out. */
async function handOver(kept: Kept, volume: Volume, deadline: Deadline): Promise<void> {
	const lease = await refresh(kept, 0, deadline);
	const {started, role, quorum} = await copy.observe({kept, lease}, deadline);
	const answers = guarded(volume) && started && kept.memory.misses === 0;
	if (answers && role === 'ahead' && quorum !== 'both') {
		// The other copy is behind, and its clients have heard that one copy is enough.
		await count(kept, volume, volume.replica, deadline);
	}
	if (!(answers && role === 'both')) {
		return;
	}
	const why = whyNot(await resign(kept, deadline));
	if (why !== undefined) {
		kept.log(`the other node is not told: ${why}`);
		return;
	}
	// Fenced meanwhile: there is nobody to go on, and glusterd would wait for it.
	const gone = await away(volume);
	if (gone !== undefined) {
		kept.log(`the other node is not told: ${gone}`);
		return;
	}
	if (quorum !== 'one') {
		await count(kept, volume, 1, deadline);
	}
}

/** What cannot be set is said: the other node's keeper finds out. */
const count = (kept: Kept, volume: Volume, copies: number, deadline: Deadline): Promise<void> =>
	setCount(volume, copies, deadline).catch((error: unknown) => kept.log(error instanceof Error ? error.message : String(error)));

async function end(volume: Volume, deadline: Deadline, log: (sentence: string) => void): Promise<void> {
	endBricks(volume, 'SIGTERM').forEach(log);
	const left = (): number[] =>
		sides(volume).here.flatMap(brick => {
			const found = brickProcess(volume, brick);
			return found && !found.shared ? [found.pid] : [];
		});
	while (left().length > 0 && deadline.left() > LAST) {
		await sleep(LOOK);
	}
	if (left().length > 0) {
		endBricks(volume, 'SIGKILL');
		await sleep(LOOK * 2);
	}
	const stays = left();
	if (stays.length > 0) {
		throw new OcfError(OCF.ERR_GENERIC, `brick process ${stays.join(', ')} of ${volume.name} does not end: it is stuck in the kernel`);
	}
}
