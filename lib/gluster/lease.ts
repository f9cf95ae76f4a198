import {asked, doubt, unshown} from '../cluster/agreed.ts';
import {type Cib, readCib} from '../cluster/cib.ts';
import {complete, type Lease, leaseIn, leaseText, setLease, without} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import type {Outcome} from '../lifecycle.ts';
import type {Kept, Look} from './kept.ts';
import {leasedAs} from './params.ts';

/** The lease when this node's copy goes on alone. `at`: seconds since 1970. */
export const alone = (lease: Lease, me: string, at: number): Lease => ({
	...without(
		lease,
		lease.current.filter(name => name !== me),
		at,
	),
	epoch: lease.epoch + 1,
	holder: me,
});

/** And when it leaves the say to the other node: nobody holds it until this one has said that it is back. */
export const resigned = (lease: Lease, me: string, at: number): Lease => ({
	...without(lease, [me], at),
	epoch: lease.epoch + 1,
	holder: undefined,
});

/** Whether a node has stopped and not said that it is back: until its bricks end its copy looks complete. */
export const stopped = ({holder, behind}: Lease): boolean => holder === undefined && Object.keys(behind).length > 0;
export const returned = (lease: Lease): Lease => ({...lease, holder: lease.current[0]});

/** And when every copy has everything again. */
export const whole = (lease: Lease): Lease => ({...Object.keys(lease.behind).reduce(complete, lease), holder: undefined});

/** Seconds since 1970: when a copy was left behind is all that can be said of it. */
const now = (): number => Math.floor(Date.now() / 1000);

const reading = async (volume: string, deadline: Deadline): Promise<Look> => {
	const cib = await readCib(deadline);
	return {cib, lease: leaseIn(cib, leasedAs(volume))};
};

/** The lease as the CIB has it, and the CIB. */
async function look({volume, memory}: Kept, deadline: Deadline, begun = reading(volume, deadline)): Promise<Look> {
	const seen = await begun;
	memory.lease = {at: performance.now(), is: seen.lease};
	return seen;
}

/** How long a look that was begun ahead stands for one of this moment, in milliseconds: a silent peer counts as lost after two looks of the keeper. */
const AHEAD = 3000;

/**
 * The other side did not answer: if it does not again, its loss is to be declared, and everybody waits for that. Nothing of it is
 * remembered before it is used: it may end after a newer one.
 */
export function lookAhead({volume, memory}: Kept, deadline: Deadline): void {
	const looking = reading(volume, deadline);
	looking.catch(() => undefined);
	memory.ahead = {at: performance.now(), looking};
}

/** The look that was begun ahead, once; or a new one. */
function newest(kept: Kept, deadline: Deadline): Promise<Look> {
	const {ahead} = kept.memory;
	kept.memory.ahead = undefined;
	return ahead && performance.now() - ahead.at < AHEAD ? look(kept, deadline, ahead.looking) : look(kept, deadline);
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

/** Does every other node show the lease as it was written? Who does not, and why. `before`: the CIB before it was. */
async function silentNode({volume, note, memory}: Kept, before: Cib, deadline: Deadline): Promise<string | undefined> {
	memory.told = undefined;
	const lease = memory.lease?.is;
	const silent = lease ? await unshown(leasedAs(volume), lease, note.me, deadline, before) : `writes wait: ${volume} has no lease`;
	memory.told = lease && silent === undefined ? leaseText(lease) : undefined;
	return silent;
}

/** These nodes' copies will miss writes from now on: written into the CIB, and known to every other node, before the first such write. */
export const declareBehind = (kept: Kept, deadline: Deadline): Promise<Outcome> =>
	asked(async () => {
		const {me} = kept.note;
		const {cib, lease} = await newest(kept, deadline);
		if (!lease?.current.includes(me)) {
			return {again: `this node's copy of ${kept.volume} does not have everything`};
		}
		const why = doubt(cib, me);
		if (why !== undefined) {
			return {again: why};
		}
		const others = lease.current.filter(name => name !== me);
		if (others.length > 0) {
			await change(kept, lease, alone(lease, me, now()), deadline);
			kept.log(`${kept.volume} goes on without the copy of ${others.join(', ')}`);
		}
		const silent = await silentNode(kept, cib, deadline);
		return silent === undefined ? {done: true} : {again: silent};
	});

/** Every copy has everything again. `seen`: the lease before it was looked whether they have; a node that stops and is back changes it. */
export const declareWhole = (kept: Kept, seen: Lease | undefined, deadline: Deadline): Promise<Outcome> =>
	asked(async () => {
		const {lease} = await look(kept, deadline);
		if (lease && !(seen && leaseText(lease) === leaseText(seen))) {
			return {again: 'the lease was changed meanwhile'};
		}
		if (!lease?.current.includes(kept.note.me)) {
			return {again: `this node's copy of ${kept.volume} does not have everything`};
		}
		const left = Object.keys(lease.behind);
		if (left.length === 0) {
			return lease.current.length > 1 ? {done: true} : {again: 'the other node has not started its copy yet', later: true};
		}
		if (stopped(lease)) {
			return {again: 'the other node has stopped, and has not said that it is back', later: true};
		}
		await change(kept, lease, whole(lease), deadline);
		kept.log(`${left.join(', ')} ${left.length > 1 ? 'have' : 'has'} everything of ${kept.volume} again`);
		return {done: true};
	});

/**
 * This node's copy goes first: from now on the other one has the say, and knows it. The last one keeps it.
 * Gives why the other one does not go on, or why that is not known.
 */
export const resign = (kept: Kept, deadline: Deadline): Promise<Outcome> =>
	asked(async () => {
		const {me} = kept.note;
		const {cib, lease} = await look(kept, deadline);
		const [other] = lease?.current.filter(name => name !== me) ?? [];
		if (!(lease?.current.includes(me) && other)) {
			return {again: 'nobody else has everything'};
		}
		await change(kept, lease, resigned(lease, me, now()), deadline);
		const silent = await silentNode(kept, cib, deadline);
		return silent === undefined ? {done: true} : {again: silent};
	});

/** This node is back: its copy may be completed. */
export const comeBack = (kept: Kept, deadline: Deadline): Promise<Outcome> =>
	asked(async () => {
		const {lease} = await look(kept, deadline);
		if (lease && stopped(lease) && kept.note.me in lease.behind) {
			await change(kept, lease, returned(lease), deadline);
		}
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
