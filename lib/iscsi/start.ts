import {setTimeout as sleep} from 'node:timers/promises';
import {refuse, whoAmI} from '../cluster/ground.ts';
import type {Deadline} from '../deadline.ts';
import {read} from '../host.ts';
import {whyNot} from '../lifecycle.ts';
import type {Call} from '../ocf/agent.ts';
import type {Env} from '../ocf/params.ts';
import {run} from '../run.ts';
import {markLeased} from '../vdev/leased.ts';
import {poolState} from '../vdev/pool.ts';
import {leg, session} from './index.ts';
import {logout} from './initiator.ts';
import {keeping} from './keeping.ts';
import {type Kept, keptOf} from './kept.ts';
import {admitted} from './lio.ts';
import {noteOf} from './note.ts';
import {endSession, offer, withdraw} from './offer.ts';
import {chapOf, type Ends, endsOf, type LegParams} from './params.ts';
import {right} from './right.ts';
import {take} from './take.ts';
import {keeperOn} from './unit.ts';

/** How much of the operation's time the leg may take to appear; without it the pool starts degraded, if this half may be imported. */
const PATIENCE = 1 / 4;
const PAUSE = 500;

/** The right to import comes first, then the export goes, then the leg comes, and last the lease is taken: each of it before the pool. */
export async function startLeg({params, deadline, env, log}: Call<LegParams>): Promise<void> {
	const {pool} = params;
	const ends = endsOf(params);
	// What is wrong with it is to be said before anything is changed.
	chapOf(params);
	const me = await whoAmI(env, deadline);
	markLeased(pool);
	if (poolState(pool) !== undefined) {
		return adopt(params, env, log);
	}
	const twin = ends.ours === undefined ? undefined : sameName(ends.ours);
	if (twin) {
		log(twin);
	}
	const ground = await right(pool, me, deadline);
	try {
		if (ends.ours !== undefined && ground.holder?.down) {
			// Of a host that is up other pools may have sessions with this one.
			await endSession(ends.leg.portal, log);
		}
		const freed = ends.ours === undefined ? undefined : await withdraw(ends.ours, params.lun, deadline);
		if (freed) {
			log(`${freed} is no longer exported as ${ends.ours}`);
			// While LIO had it, nobody else could read its partitions.
			await run(['blockdev', '--rereadpt', freed], {timeout: Math.max(1, Math.min(5000, deadline.left()))});
			await run(['udevadm', 'settle', '--timeout=5'], {timeout: Math.max(1, Math.min(8000, deadline.left()))}).catch(() => undefined);
		}
		const kept = keptOf(params, {me, ends, poolGuid: '', guid: '', local: []}, log);
		await kept.record(deadline);
		await reachLeg(kept, ground.others ? deadline.timeout * PATIENCE : 0, deadline);
		await take(kept, params, ground, deadline);
	} catch (error) {
		await undo(ends, params, deadline, log);
		throw error;
	}
	await adopt(params, env, log);
}

/** A pool that is imported already: with its lease it is only kept on, without one nobody knows what the other half is. */
async function adopt(params: LegParams, env: Env, log: Kept['log']): Promise<void> {
	if (!noteOf(params.pool)) {
		refuse(`${params.pool} is imported here without its lease: export it, and let the cluster start it`);
	}
	const why = await keeperOn(params, env);
	if (why) {
		log(why);
	}
}

/** Two hosts with one name throw each other out of every target; machines from one image have it. */
function sameName(ours: string): string | undefined {
	const name = /^InitiatorName=(?<name>\S+)/mu.exec(read('/etc/iscsi/initiatorname.iscsi') ?? '')?.groups?.['name'];
	return name !== undefined && admitted(ours).includes(name)
		? `${ours} lets in ${name}, which is this host's own name: give each host one of its own in /etc/iscsi/initiatorname.iscsi`
		: undefined;
}

/** Log in, as long as there is hope for it; the sentence why not is said, and no failure. */
async function reachLeg(kept: Kept, patience: number, deadline: Deadline): Promise<void> {
	const given = keeping(kept);
	for (const end = performance.now() + patience; ; await sleep(PAUSE)) {
		const said = await leg.act('login', given, {session: 'none', vdev: 'absent'}, deadline);
		if ('done' in said) {
			return;
		}
		// With a session and without its disk there is nothing to hope for in this time.
		if (performance.now() >= end || session(given)?.state === 'LOGGED_IN') {
			kept.log(whyNot(said) ?? '');
			return;
		}
	}
}

/** A start that was refused leaves this host as a leg of the other node, as it was. */
async function undo(ends: Ends, {lun}: LegParams, deadline: Deadline, log: Kept['log']): Promise<void> {
	if (ends.ours !== undefined) {
		await offer(ends.ours, lun, deadline, log);
	}
	await logout(ends.leg, deadline).catch((error: unknown) => log(error instanceof Error ? error.message : String(error)));
}
