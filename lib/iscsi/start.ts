import {setTimeout as sleep} from 'node:timers/promises';
import {type Cib, CibError, readCib} from '../cluster/cib.ts';
import {knownDown} from '../cluster/history.ts';
import {type Lease, leaseIn, setLease} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import {read} from '../host.ts';
import type {Call} from '../ocf/agent.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import type {Env} from '../ocf/params.ts';
import {run} from '../run.ts';
import {makeAlias} from '../vdev/alias.ts';
import {markLeased} from '../vdev/leased.ts';
import {type Grant, grant, type Half} from './grant.ts';
import {halfOf, type Labelled, legHalf, localHalves} from './halves.ts';
import {leg, session} from './index.ts';
import {logout} from './initiator.ts';
import {keeping} from './keeping.ts';
import {type Kept, keptOf} from './kept.ts';
import {admitted} from './lio.ts';
import {leaveNote} from './note.ts';
import {offer, withdraw} from './offer.ts';
import {chapOf, type Ends, endsOf, type LegParams} from './params.ts';
import {keeperOn} from './unit.ts';

const refuse = (why: string): never => {
	throw new OcfError(OCF.ERR_GENERIC, why);
};

/** How much of the operation's time the leg may take to appear; without it the pool starts degraded, if this half may be imported. */
const PATIENCE = 1 / 4;
const PAUSE = 500;

/** This node as the cluster calls it. */
async function whoAmI(env: Env, deadline: Deadline): Promise<string> {
	const given = env['OCF_RESKEY_CRM_meta_on_node'];
	return given || (await run(['crm_node', '-n'], {timeout: Math.max(1, Math.min(5000, deadline.left()))})).stdout.trim();
}

/** The right to import comes first, then the export goes, then the leg comes, and last the lease is taken: each of it before the pool. */
export async function startLeg({params, deadline, env, log}: Call<LegParams>): Promise<void> {
	const {pool} = params;
	const ends = endsOf(params);
	// What is wrong with it is to be said before anything is changed.
	chapOf(params);
	const me = await whoAmI(env, deadline);
	markLeased(pool);
	const twin = ends.ours === undefined ? undefined : sameName(ends.ours);
	if (twin) {
		log(twin);
	}
	const {lease, holder, others} = await right(pool, me, deadline);
	try {
		const freed = ends.ours === undefined ? undefined : await withdraw(ends.ours, params.lun, deadline);
		if (freed) {
			log(`${freed} is no longer exported as ${ends.ours}`);
			// While LIO had it, nobody else could read its partitions.
			await run(['blockdev', '--rereadpt', freed], {timeout: Math.max(1, Math.min(5000, deadline.left()))});
			await run(['udevadm', 'settle', '--timeout=5'], {timeout: Math.max(1, Math.min(8000, deadline.left()))}).catch(() => undefined);
		}
		const kept = keptOf(params, {me, ends, poolGuid: '', guid: '', local: []}, log);
		await kept.record(deadline);
		await reachLeg(kept, others ? deadline.timeout * PATIENCE : 0, deadline);
		await take(kept, params, {lease, holder, deadline});
	} catch (error) {
		await undo(ends, params, deadline, log);
		throw error;
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

/** Who has the lease now, and whether that node is gone; before anything is changed here. @throws {OcfError} */
async function right(
	pool: string,
	me: string,
	deadline: Deadline,
): Promise<{lease: Lease | undefined; holder: {down: boolean; why: string} | undefined; others: boolean}> {
	const cib: Cib = await readCib(deadline).catch((error: unknown) => {
		throw error instanceof CibError ? new OcfError(OCF.ERR_GENERIC, `no lease for ${pool}: ${error.message}`) : error;
	});
	if (!cib.quorum) {
		refuse(`no lease for ${pool}: this partition has no quorum`);
	}
	const lease = leaseIn(cib, pool);
	const holder = lease?.holder === undefined || lease.holder === me ? undefined : await knownDown(lease.holder, deadline);
	if (holder && !holder.down) {
		refuse(`${lease?.holder} holds the lease of ${pool} and is not known to be down: ${holder.why}`);
	}
	return {lease, holder, others: cib.nodes.some(({name, membership}) => name !== me && membership === 'member')};
}

/** Log in, as long as there is hope for it; the sentence why not is said, and no failure. */
async function reachLeg(kept: Kept, patience: number, deadline: Deadline): Promise<void> {
	const given = keeping(kept);
	for (const end = performance.now() + patience; ; await sleep(PAUSE)) {
		if (session(given)?.state === 'LOGGED_IN') {
			return;
		}
		const said = await leg.act('login', given, {session: 'none', vdev: 'absent'}, deadline);
		if ('done' in said) {
			return;
		}
		if (performance.now() >= end) {
			kept.log('again' in said ? said.again : said.refused.message);
			return;
		}
	}
}

interface Ground {
	lease: Lease | undefined;
	holder: {down: boolean; why: string} | undefined;
	deadline: Deadline;
}

/** Compare the halves, and take the lease by compare and set. @throws {OcfError} */
async function take(kept: Kept, {override}: LegParams, {lease, holder, deadline}: Ground): Promise<void> {
	const {pool, memory, where} = kept;
	const disk = session(keeping(kept))?.disk;
	const local = await localHalves(pool, deadline);
	const over = disk ? await legHalf(pool, disk, deadline) : undefined;
	if (over && 'why' in over) {
		kept.log(over.why);
	}
	const away = over && 'label' in over ? [over] : [];
	const [sample] = [...local, ...away];
	const halves: Half[] = [...local, ...away].map(halfOf);
	const granted: Grant = grant({
		me: memory.note.me,
		pool,
		poolGuid: sample?.label.poolGuid ?? '',
		leaves: sample?.label.leaves ?? [],
		halves,
		lease,
		holder,
		override,
	});
	if ('refused' in granted) {
		return refuse(granted.refused);
	}
	if (granted.apart.length > 0 || away.length === 0) {
		// What was not compared, or is apart, must not be in reach of the import: ZFS would take the newer one for the truth.
		await logout(where, deadline);
	}
	if (granted.apart.length > 0) {
		kept.log(
			`${granted.apart.map(({path, txg}) => `${path} (txg ${txg})`).join(', ')} was written on its own and is kept out: what it took is lost when it becomes a leg again`,
		);
	}
	await setLease(pool, lease, granted.next, deadline).catch((error: unknown) => {
		throw error instanceof CibError ? new OcfError(OCF.ERR_GENERIC, `the lease of ${pool} cannot be taken: ${error.message}`) : error;
	});
	kept.log(`lease ${granted.next.epoch} of ${pool}: ${granted.why}`);
	for (const {label, path} of [...local, ...away]) {
		makeAlias(pool, label.guid, path);
	}
	const {me, ends} = memory.note;
	const guid = away[0]?.label.guid ?? other(local);
	if (!leaveNote(pool, {me, ends, poolGuid: granted.next.pool, guid, local: local.map(({label}) => label.guid)})) {
		refuse('/run/twinpool cannot be written');
	}
}

/** The leg's vdev where it is not in reach: the one leaf that is not here. */
function other(local: readonly Labelled[]): string {
	const missing = local.flatMap(({label}) => label.leaves).filter(({guid}) => !local.some(({label}) => label.guid === guid));
	return new Set(missing.map(({guid}) => guid)).size === 1 ? (missing[0]?.guid ?? '') : '';
}

/** A start that was refused leaves this host as a leg of the other node, as it was. */
async function undo(ends: Ends, {lun}: LegParams, deadline: Deadline, log: Kept['log']): Promise<void> {
	if (ends.ours !== undefined) {
		await offer(ends.ours, lun, deadline, log);
	}
	await logout(ends.leg, deadline).catch((error: unknown) => log(error instanceof Error ? error.message : String(error)));
}
