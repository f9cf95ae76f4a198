import {rmSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {readCib} from '../cluster/cib.ts';
import {whoAmI} from '../cluster/ground.ts';
import {type Lease, leaseIn, setLease, without} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import {at} from '../host.ts';
import {whyNot} from '../lifecycle.ts';
import type {Call} from '../ocf/agent.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {poolState} from '../vdev/pool.ts';
import {declareBehind} from './behind.ts';
import {halfOf, legHalf, localHalves} from './halves.ts';
import {logout} from './initiator.ts';
import {keptOf} from './kept.ts';
import {noteOf} from './note.ts';
import {offer} from './offer.ts';
import {endsOf, type LegParams, runFile} from './params.ts';
import {sessionsTo, type Where} from './session.ts';
import {keeperOff} from './unit.ts';

/**
 * The pool has gone already: log out, let the lease go, and offer this host's half to the other node again. A pool that is still
 * imported goes on without the leg, once the cluster knows that the leg is behind.
 * @throws {OcfError} nobody could be told that the leg is behind
 */
export async function stopLeg({params, env, deadline, log}: Call<LegParams>): Promise<void> {
	const {pool, lun} = params;
	const note = noteOf(pool);
	const {leg, ours} = note?.ends ?? endsOf(params);
	const inUse = poolState(pool) !== undefined;
	const off = note ? await keeperOff(pool) : undefined;
	if (off) {
		log(off);
	}
	if (note && inUse) {
		log(`${pool} is still imported here, without its leg from now on: order it after this resource`);
		const said = await declareBehind(keptOf(params, note, log), deadline);
		if (!('done' in said)) {
			throw new OcfError(OCF.ERR_GENERIC, `the leg of ${pool}, which is still imported here, cannot be let go: ${whyNot(said)}`);
		}
	}
	const reached = inUse ? new Map<string, number>() : await halvesNow(pool, leg, deadline);
	if (sessionsTo(leg).length > 0) {
		// What a session carries is not in use any more, or behind: no reason to be fenced.
		await logout(leg, deadline).catch((error: unknown) => log(error instanceof Error ? error.message : String(error)));
	}
	if (!inUse) {
		const why = await letGo(
			{pool, reached, me: note?.me ?? (await whoAmI(env, deadline).catch(() => '')), started: Boolean(note)},
			deadline,
		);
		if (why && note) {
			log(`the lease of ${pool} stays this node's, and no other one may import it before this one is fenced or stops it once more: ${why}`);
		}
	}
	if (ours !== undefined && !inUse) {
		await offer(ours, lun, deadline, log);
	}
	for (const kind of ['json', 'seen', 'env']) {
		rmSync(at(runFile(pool, kind)), {force: true});
	}
}

/** Between two tries to have the lease let go. */
const PAUSE = 1000;

/** The halves in reach, each with the newest transaction group on it. */
async function halvesNow(pool: string, where: Where, deadline: Deadline): Promise<Map<string, number>> {
	const [here] = sessionsTo(where);
	const over = here?.state === 'LOGGED_IN' && here.disk ? await legHalf(pool, here.disk, deadline) : undefined;
	const halves = [...(await localHalves(pool, deadline)), ...(over && 'label' in over ? [over] : [])];
	return new Map(halves.map(halfOf).map(({guid, txg}) => [guid, txg]));
}

interface Held {
	pool: string;
	me: string;
	reached: ReadonlyMap<string, number>;
	/** Whether this node knows that it started it: then it is worth some patience. */
	started: boolean;
}

/**
 * Nobody holds a pool that was exported. An export leaves the same transaction group on every half that was in use: another one, or one
 * that cannot be read, was left behind unseen, by a logout at a shutdown for example.
 */
export function laidDown(lease: Lease, reached: ReadonlyMap<string, number>): Lease {
	const newest = Math.max(...reached.values());
	const left = lease.current.filter(guid => reached.get(guid) !== newest);
	return {...(left.length < lease.current.length ? without(lease, left, newest) : lease), holder: undefined};
}

/** Gives why it could not be written. */
async function letGo({pool, me, reached, started}: Held, deadline: Deadline): Promise<string | undefined> {
	for (const end = performance.now() + (started ? deadline.left() / 2 : 0); ; await sleep(PAUSE)) {
		try {
			const lease = leaseIn(await readCib(deadline), pool);
			if (lease?.holder === me) {
				await setLease(pool, lease, laidDown(lease, reached), deadline);
			}
			return undefined;
		} catch (error) {
			if (performance.now() >= end) {
				return error instanceof Error ? error.message : String(error);
			}
		}
	}
}
