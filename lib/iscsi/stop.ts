import {rmSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {readCib} from '../cluster/cib.ts';
import {leaseIn, setLease} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import {at} from '../host.ts';
import type {Call} from '../ocf/agent.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {poolState} from '../vdev/pool.ts';
import {declareBehind} from './behind.ts';
import {logout} from './initiator.ts';
import {keptOf} from './kept.ts';
import {noteOf} from './note.ts';
import {offer} from './offer.ts';
import {endsOf, type LegParams, runFile} from './params.ts';
import {sessionsTo} from './session.ts';
import {keeperOff} from './unit.ts';

/**
 * The pool has gone already: log out, let the lease go, and offer this host's half to the other node again. A pool that is still
 * imported goes on without the leg, once the cluster knows that the leg is behind.
 * @throws {OcfError} nobody could be told that the leg is behind
 */
export async function stopLeg({params, deadline, log}: Call<LegParams>): Promise<void> {
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
			throw new OcfError(
				OCF.ERR_GENERIC,
				`the leg of ${pool}, which is still imported here, cannot be let go: ${'again' in said ? said.again : said.refused.message}`,
			);
		}
	}
	if (sessionsTo(leg).length > 0) {
		await logout(leg, deadline);
	}
	if (note && !inUse) {
		const why = await letGo(pool, note.me, deadline);
		if (why) {
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

/** Nobody holds a pool that was exported. Gives why it could not be written. */
async function letGo(pool: string, me: string, deadline: Deadline): Promise<string | undefined> {
	for (const end = performance.now() + deadline.left() / 2; ; await sleep(PAUSE)) {
		try {
			const lease = leaseIn(await readCib(deadline), pool);
			if (lease?.holder === me) {
				await setLease(pool, lease, {...lease, holder: undefined}, deadline);
			}
			return undefined;
		} catch (error) {
			if (performance.now() >= end) {
				return error instanceof Error ? error.message : String(error);
			}
		}
	}
}
