import {asked, doubt, unaware} from '../cluster/agreed.ts';
import {type Cib, readCib} from '../cluster/cib.ts';
import {complete, type Lease, leaseIn, leaseText, setLease, without} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import type {Outcome} from '../lifecycle.ts';
import type {Kept} from './kept.ts';
import {leasedAs} from './params.ts';

/** Seconds since 1970: when a copy was left behind is all that can be said of it. */
const now = (): number => Math.floor(Date.now() / 1000);

/** The lease as the CIB has it, and the CIB. */
async function look({volume, memory}: Kept, deadline: Deadline): Promise<{cib: Cib; lease: Lease | undefined}> {
	const cib = await readCib(deadline);
	const lease = leaseIn(cib, leasedAs(volume));
	memory.lease = {at: performance.now(), is: lease};
	return {cib, lease};
}

/** As far as it is known: what cannot be asked leaves what was known. */
export async function refresh(kept: Kept, most: number, deadline: Deadline): Promise<Lease | undefined> {
	const {lease} = kept.memory;
	if (!lease || performance.now() - lease.at > most) {
		await look(kept, deadline).catch(() => undefined);
	}
	return kept.memory.lease?.is;
}

async function change({volume, memory}: Kept, before: Lease | undefined, after: Lease, deadline: Deadline): Promise<void> {
	await setLease(leasedAs(volume), before, after, deadline);
	memory.lease = {at: performance.now(), is: after};
}

/** These nodes' copies will miss writes from now on: written into the CIB, and known to every other node, before the first such write. */
export const declareBehind = (kept: Kept, deadline: Deadline): Promise<Outcome> =>
	asked(async () => {
		const {me} = kept.note;
		const {cib, lease} = await look(kept, deadline);
		if (!lease?.current.includes(me)) {
			return {again: `this node's copy of ${kept.volume} does not have everything`};
		}
		const why = doubt(cib, me);
		if (why !== undefined) {
			return {again: why};
		}
		const others = lease.current.filter(name => name !== me);
		if (others.length > 0) {
			await change(kept, lease, {...without(lease, others, now()), epoch: lease.epoch + 1, holder: me}, deadline);
			kept.log(`${kept.volume} goes on without the copy of ${others.join(', ')}`);
		}
		const silent = await unaware(leasedAs(kept.volume), kept.memory.lease?.is ?? lease, cib, me, deadline);
		kept.memory.told = silent === undefined && kept.memory.lease?.is ? leaseText(kept.memory.lease.is) : undefined;
		return silent === undefined ? {done: true} : {again: silent};
	});

/** Every copy has everything again. */
export const declareWhole = (kept: Kept, deadline: Deadline): Promise<Outcome> =>
	asked(async () => {
		const {lease} = await look(kept, deadline);
		if (!lease?.current.includes(kept.note.me)) {
			return {again: `this node's copy of ${kept.volume} does not have everything`};
		}
		const left = Object.keys(lease.behind);
		if (left.length === 0) {
			return lease.current.length > 1 ? {done: true} : {again: 'the other node has not started its copy yet', later: true};
		}
		await change(kept, lease, {...left.reduce(complete, lease), holder: undefined}, deadline);
		kept.log(`${left.join(', ')} ${left.length > 1 ? 'have' : 'has'} everything of ${kept.volume} again`);
		return {done: true};
	});

/**
 * This node's copy goes first: from now on the other one has the say. The last one keeps it.
 * Gives whether the other one goes on, or why that is not known.
 */
export const resign = (kept: Kept, deadline: Deadline): Promise<Outcome> =>
	asked(async () => {
		const {me} = kept.note;
		const {lease} = await look(kept, deadline);
		const [other] = lease?.current.filter(name => name !== me) ?? [];
		if (!(lease?.current.includes(me) && other)) {
			return {again: 'nobody else has everything'};
		}
		await change(kept, lease, {...without(lease, [me], now()), epoch: lease.epoch + 1, holder: other}, deadline);
		return {done: true};
	});

/** The first lease of a volume, or this node's place in it: only after all copies were seen to be the same. */
export const enter = (kept: Kept, id: string, deadline: Deadline): Promise<Outcome> =>
	asked(async () => {
		const {me} = kept.note;
		const {lease} = await look(kept, deadline);
		const after = lease ? complete(lease, me) : {epoch: 1, holder: undefined, pool: id, current: [me], behind: {}};
		await change(kept, lease, after, deadline);
		return {done: true};
	});

/** An administrator's word: this copy from now on, whatever the others took since. */
export const override = (kept: Kept, id: string, deadline: Deadline): Promise<Outcome> =>
	asked(async () => {
		const {me} = kept.note;
		const {lease} = await look(kept, deadline);
		const others = lease ? [...lease.current, ...Object.keys(lease.behind)].filter(name => name !== me) : [];
		const behind = Object.fromEntries(others.map(name => [name, lease?.behind[name] ?? now()]));
		await change(kept, lease, {epoch: (lease?.epoch ?? 0) + 1, holder: me, pool: id, current: [me], behind}, deadline);
		return {done: true};
	});
