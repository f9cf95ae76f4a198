import {type Cib, CibError, type ClusterNode, cibadmin, nodeNamed, readCib} from '../cluster/cib.ts';
import {complete, type Lease, leaseIn, leaseName, leaseText, only, setLease, without} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import type {Outcome} from '../lifecycle.ts';
import {aliasOf} from '../vdev/alias.ts';
import {lookAt} from '../vdev/device.ts';
import type {Half} from './grant.ts';
import {halfOf, isOf} from './halves.ts';
import {isCurrent, type Kept} from './kept.ts';
import {release} from './release.ts';
import {sessionsTo} from './session.ts';

/** The CIB with this node's lease; why not, where it is not this node's. */
async function ownLease({pool, memory}: Kept, deadline: Deadline): Promise<{cib: Cib; lease: Lease} | {again: string}> {
	const cib = await readCib(deadline);
	const lease = leaseIn(cib, pool);
	memory.lease = lease;
	return lease?.holder === memory.note.me
		? {cib, lease}
		: {again: `the lease of ${pool} is ${lease ? `${lease.holder ?? 'nobody'}'s (epoch ${lease.epoch})` : 'gone'}, not this node's`};
}

/** As the CIB has it; nothing when that cannot be asked. */
export const leaseNow = ({pool}: Kept, deadline: Deadline): Promise<Lease | undefined> =>
	readCib(deadline).then(
		cib => leaseIn(cib, pool),
		() => undefined,
	);

async function change(kept: Kept, before: Lease, after: Lease, deadline: Deadline): Promise<void> {
	kept.memory.known = false;
	await setLease(kept.pool, before, after, deadline);
	kept.memory.lease = after;
}

/** A cluster that does not answer is asked again: I/O waits, nothing is lost. */
const asked = async (ask: () => Promise<Outcome>): Promise<Outcome> => {
	try {
		return await ask();
	} catch (error) {
		if (error instanceof CibError) {
			return {again: error.message};
		}
		throw error;
	}
};

/** What this host's own half has reached; only its labels are read, as everybody waits. */
export async function newestHere({pool, memory: {note}}: Kept, deadline: Deadline): Promise<Half | undefined> {
	const looks = await Promise.all(note.local.map(guid => lookAt(aliasOf(pool, guid) ?? '', deadline)));
	return looks
		.filter(isOf(pool))
		.map(halfOf)
		.sort((one, other) => other.txg - one.txg)[0];
}

/** How long a member may take to show its copy of the lease, in milliseconds. */
const SHOW = 4000;

/**
 * Which of the members does not show this lease in its own copy of the CIB, and why: for some seconds after a link is cut, a node that
 * nobody reaches any more still counts as a member, and what was written is not written there.
 */
async function unaware({pool, memory}: Kept, others: readonly ClusterNode[], deadline: Deadline): Promise<string | undefined> {
	const text = memory.lease ? leaseText(memory.lease) : '';
	const members = others.filter(({membership}) => membership === 'member');
	const answers = await Promise.all(
		members.map(async ({name}) => {
			const path = `//nvpair[@id="${leaseName(pool)}-value"]`;
			const shown = await cibadmin(['-Q', '--node', name, '--xpath', path], deadline.within(SHOW)).catch(String);
			return shown.includes(`value="${text}"`) ? undefined : `${name} does not show the lease (${shown.slice(0, 80)})`;
		}),
	);
	return answers.find(why => why !== undefined);
}

/** Write into the CIB that the leg is behind, and have every other node know it, before a write is taken without it. */
export const declareBehind = (kept: Kept, deadline: Deadline): Promise<Outcome> =>
	asked(async () => {
		const own = await ownLease(kept, deadline);
		if ('again' in own) {
			return own;
		}
		const {cib, lease} = own;
		const {me, guid} = kept.memory.note;
		const others = cib.nodes.filter(node => node !== nodeNamed(cib, me));
		const {go, why} = release(cib.quorum, others);
		if (!go) {
			return {again: `writes wait: ${why}`};
		}
		if (lease.current.includes(guid)) {
			const best = await newestHere(kept, deadline);
			await change(kept, lease, without(lease, [guid], best?.txg ?? Number.MAX_SAFE_INTEGER), deadline);
		}
		const silent = await unaware(kept, others, deadline);
		if (silent !== undefined) {
			return {again: `writes wait: ${silent}`};
		}
		kept.memory.known = true;
		kept.log(`${kept.pool} goes on without its leg: ${why}`);
		return {done: true};
	});

export async function letGo(kept: Kept, deadline: Deadline): Promise<Outcome> {
	const before = kept.memory.lease;
	if (before && !isCurrent(kept) && kept.memory.known) {
		// It is behind already, and everybody knows. How far it got meanwhile is written down when there is time.
		kept.memory.lost = (await newestHere(kept, deadline))?.txg;
		return {done: true};
	}
	const said = await declareBehind(kept, deadline);
	const {lease} = kept.memory;
	if ('done' in said && lease && sessionsTo(kept.where)[0]?.state === 'LOGGED_IN') {
		// Back meanwhile: what was held goes through, and nothing has to be resilvered.
		return asked(async () => {
			await change(kept, lease, complete(lease, kept.memory.note.guid), deadline);
			return {again: 'the session came back meanwhile'};
		});
	}
	return said;
}

/** A leg that was lost in the middle of its resilver had got further than the lease says. */
export async function writeDown(kept: Kept, deadline: Deadline): Promise<void> {
	const {lease, lost, note, known} = kept.memory;
	if (lease && lost !== undefined && note.guid in lease.behind) {
		await asked(async () => {
			await change(kept, lease, {...lease, behind: {...lease.behind, [note.guid]: lost}}, deadline);
			// Nobody needs to know it before a write: it is behind as before.
			kept.memory.known = known;
			return {done: true};
		});
	}
	kept.memory.lost = undefined;
}

/**
 * The resilver is over: the cluster may know that the leg has everything; of vdevs that the pool no longer has it keeps nothing.
 * Gives why it could not be told.
 */
export async function declareCurrent(kept: Kept, has: (guid: string) => boolean, deadline: Deadline): Promise<string | undefined> {
	const {guid} = kept.memory.note;
	const said = await asked(async () => {
		const own = await ownLease(kept, deadline);
		if ('again' in own) {
			return own;
		}
		if (!own.lease.current.includes(guid)) {
			await change(kept, own.lease, only(complete(own.lease, guid), has), deadline);
			kept.log(`the leg of ${kept.pool} has everything again`);
		}
		return {done: true};
	});
	return 'again' in said ? said.again : undefined;
}
