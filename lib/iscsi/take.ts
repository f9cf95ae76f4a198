import {setTimeout as sleep} from 'node:timers/promises';
import {doubt} from '../cluster/agreed.ts';
import {CibError} from '../cluster/cib.ts';
import {refuse} from '../cluster/ground.ts';
import {setLease} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {closeAlias, makeAlias} from '../vdev/alias.ts';
import {silentNode} from './behind.ts';
import {type Grant, grant} from './grant.ts';
import {halfOf, isOf, type Labelled, legHalf, localLooks} from './halves.ts';
import {session} from './index.ts';
import {logout} from './initiator.ts';
import {keeping} from './keeping.ts';
import type {Kept} from './kept.ts';
import {leaveNote} from './note.ts';
import type {LegParams} from './params.ts';
import type {Right} from './right.ts';
import type {Where} from './session.ts';

const PAUSE = 500;
/** What is left to undo a start that is refused at its end, in milliseconds. */
const LAST = 10_000;

/** A disk that gave no answer on a busy host is asked once more, before a start fails for it; and is named. */
async function ownHalves({pool, log}: Kept, deadline: Deadline): Promise<Labelled[]> {
	const first = await localLooks(deadline);
	const sure = first.some(isOf(pool)) || first.every(({why}) => why === undefined);
	const looks = sure ? first : await sleep(PAUSE).then(() => localLooks(deadline));
	const own = looks.filter(isOf(pool));
	for (const {path, why} of own.length > 0 ? [] : looks) {
		if (why !== undefined) {
			log(`${path} ${why}`);
		}
	}
	return own;
}

/** What of the pool is on this host, and on its leg. @throws {OcfError} there are two pools of this name */
async function halves(kept: Kept, deadline: Deadline): Promise<{local: Labelled[]; away: Labelled[]}> {
	const {pool} = kept;
	const disk = session(keeping(kept))?.disk;
	const local = await ownHalves(kept, deadline);
	const over = disk ? await legHalf(pool, disk, deadline) : undefined;
	if (over && 'why' in over) {
		kept.log(over.why);
	}
	const away = over && 'label' in over ? [over] : [];
	const pools = new Set([...local, ...away].map(({label}) => label.poolGuid));
	return pools.size > 1
		? refuse(`${pools.size} pools are called ${pool} here (guids ${[...pools].join(', ')}): rename or clear the wrong one's disks`)
		: {local, away};
}

/**
 * A session whose target has a hanging disk cannot be ended before the kernel gives that up (seen: 43 s after the login).
 * @throws {OcfError}
 */
async function leave(where: Where, deadline: Deadline): Promise<void> {
	for (;;) {
		const why = await logout(where, deadline).then(
			() => undefined,
			(error: unknown) => (error instanceof Error ? error.message : String(error)),
		);
		if (why === undefined) {
			return;
		}
		if (deadline.left() < LAST) {
			return refuse(`a half that was not compared is in reach, and its session cannot be ended: ${why}`);
		}
		await sleep(PAUSE);
	}
}

/**
 * The lease by compare and set. A half that it leaves out (`alone`) may be imported by another node until that one has this lease too.
 * @throws {OcfError}
 */
async function put(
	kept: Kept,
	{cib, lease}: Pick<Right, 'cib' | 'lease'>,
	granted: Exclude<Grant, {refused: string}>,
	alone: boolean,
	deadline: Deadline,
): Promise<void> {
	const {pool, memory} = kept;
	const why = alone ? doubt(cib, memory.note.me) : undefined;
	if (why !== undefined) {
		return refuse(why);
	}
	await setLease(pool, lease, granted.next, deadline).catch((error: unknown) => {
		throw error instanceof CibError ? new OcfError(OCF.ERR_GENERIC, `the lease of ${pool} cannot be taken: ${error.message}`) : error;
	});
	kept.log(`lease ${granted.next.epoch} of ${pool}: ${granted.why}`);
	memory.lease = granted.next;
	for (let silent = alone ? await silentNode(kept, deadline) : undefined; silent !== undefined; await sleep(PAUSE)) {
		if (deadline.left() < LAST) {
			return refuse(silent);
		}
		silent = await silentNode(kept, deadline);
	}
}

/** Compare the halves, and take the lease by compare and set. @throws {OcfError} */
export async function take(kept: Kept, {override}: LegParams, {cib, lease, holder}: Right, deadline: Deadline): Promise<void> {
	const {pool, memory, where} = kept;
	const {local, away} = await halves(kept, deadline);
	const [sample] = [...local, ...away];
	const leaves = sample?.label.leaves ?? [];
	const granted: Grant = grant({
		me: memory.note.me,
		pool,
		poolGuid: sample?.label.poolGuid ?? '',
		leaves,
		halves: [...local, ...away].map(halfOf),
		lease,
		holder,
		override,
	});
	if ('refused' in granted) {
		return refuse(granted.refused);
	}
	if (granted.apart.length > 0 || away.length === 0) {
		// What was not compared, or is apart, must not be in reach of the import: ZFS would take the newer one for the truth.
		await leave(where, deadline);
	}
	const taken = [...local, ...away].filter(({label}) => !granted.apart.some(half => half.guid === label.guid));
	for (const {guid} of leaves.filter(leaf => !taken.some(({label}) => label.guid === leaf.guid))) {
		closeAlias(pool, guid);
	}
	if (granted.apart.length > 0) {
		kept.log(
			`${granted.apart.map(({path, txg}) => `${path} (txg ${txg})`).join(', ')} was written on its own and is kept out: what it took is lost when it becomes a leg again`,
		);
	}
	const before = lease?.current ?? leaves.map(leaf => leaf.guid);
	await put(
		kept,
		{cib, lease},
		granted,
		before.some(one => !granted.next.current.includes(one)),
		deadline,
	);
	for (const {label, path} of taken) {
		makeAlias(pool, label.guid, path);
	}
	const {me, ends} = memory.note;
	const guid = away[0]?.label.guid ?? other(local);
	const from = holder?.down ? lease?.holder : undefined;
	if (!leaveNote(pool, {me, ends, poolGuid: granted.next.pool, guid, local: local.map(({label}) => label.guid), from})) {
		refuse('/run/twinpool cannot be written');
	}
}

/** The leg's vdev where it is not in reach: the one leaf that is not here. */
function other(local: readonly Labelled[]): string {
	const missing = local.flatMap(({label}) => label.leaves).filter(({guid}) => !local.some(({label}) => label.guid === guid));
	return new Set(missing.map(({guid}) => guid)).size === 1 ? (missing[0]?.guid ?? '') : '';
}
