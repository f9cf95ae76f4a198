import {setTimeout as sleep} from 'node:timers/promises';
import {type Ground, ground, refuse, whoAmI} from '../cluster/ground.ts';
import {seenIn} from '../cluster/seen.ts';
import type {Deadline} from '../deadline.ts';
import {type Outcome, whyNot} from '../lifecycle.ts';
import type {Call} from '../ocf/agent.ts';
import {halfBack, house, roomless, settle} from './dataset.ts';
import {fitting} from './fit.ts';
import {unhealed} from './heal.ts';
import {guarded, type Kept, keptOf, quorumOf, roleOf, sides} from './kept.ts';
import {comeBack, enter, override, stopped} from './lease.ts';
import {mountVolume} from './mount.ts';
import {leaveNote, noteOf} from './note.ts';
import {type GlusterParams, leasedAs, runFile} from './params.ts';
import {daemon} from './process.ts';
import {away, KNOCK, sentence, serve} from './serve.ts';
import {type Volume, volumeNamed} from './store.ts';
import {keeperOn} from './unit.ts';
import {setOption} from './verbs.ts';

const PAUSE = 500;

/** The right to serve comes first, then the datasets, then the bricks, and last the mount: each of it before a client can write. */
export async function startVolume(call: Call<GlusterParams>): Promise<void> {
	const {params, deadline, env, log} = call;
	const {volname, mountpoint} = params;
	const volume = fitting(params);
	const half = halfBack(volname);
	if (half !== undefined) {
		refuse(half);
	}
	const me = await whoAmI(env, deadline);
	const began = daemon() === undefined;
	const kept = keptOf(params, {me, mountpoint, daemon: noteOf(volname)?.daemon ?? began}, log);
	const footing = guarded(volume) ? await ground(leasedAs(volname), deadline) : undefined;
	if (footing) {
		await mayServe(kept, params, volume, footing, deadline);
	}
	for (const {path} of sides(volume).here) {
		const why = (await house(volname, path, deadline)) ?? roomless(path);
		if (why !== undefined) {
			refuse(why);
		}
	}
	if (footing && overrides(params, footing.lease, me)) {
		said(await override(kept, volume.id, deadline));
	}
	await serve(kept, volume, deadline);
	settle(
		volname,
		sides(volume).here.map(({path}) => path),
	);
	if (footing && roleOf(footing.lease, me) === 'none') {
		await join(kept, params, volume, footing, deadline);
	} else if (footing?.lease && stopped(footing.lease)) {
		await insist(() => comeBack(kept, deadline), deadline);
	}
	if (!leaveNote(volname, kept.note)) {
		refuse('/run/twinpool cannot be written');
	}
	const off = await keeperOn(volname, env);
	if (off) {
		refuse(off);
	}
	await ready(volname, deadline);
	await configure(params, volume, deadline, log);
	const unmounted = mountpoint === '' ? undefined : await mountVolume(volname, mountpoint, deadline);
	if (unmounted !== undefined) {
		refuse(unmounted);
	}
}

/** A copy that is behind is served only in sight of one that is not. @throws {OcfError} */
async function mayServe(kept: Kept, params: GlusterParams, volume: Volume, {cib, lease}: Ground, deadline: Deadline): Promise<void> {
	const {me} = kept.note;
	if (lease && lease.pool !== volume.id) {
		refuse(
			`"crm_attribute -t crm_config -n twinpool-lease-${leasedAs(volume.name)} -D", if that volume is gone for good: the lease is of volume ${lease.pool}, here is ${volume.id}`,
		);
	}
	if (overrides(params, lease, me)) {
		const member = cib.nodes.find(({name, membership}) => lease?.current.includes(name) && membership === 'member');
		return member ? refuse(`${member.name} is up and has everything of ${volume.name}: there is nothing to override`) : undefined;
	}
	if (roleOf(lease, me) !== 'behind') {
		return;
	}
	while ((await away(volume)) !== undefined) {
		if (deadline.left() < 2 * PAUSE + KNOCK) {
			refuse(
				`this node's copy of ${volume.name} is behind: bring up ${lease?.holder ?? 'the other node'}, or set override=${lease?.epoch} to give up what it took since`,
			);
		}
		await sleep(PAUSE);
	}
}

/** An administrator's word for this very lease, where it is needed. */
const overrides = ({override: word}: GlusterParams, lease: Ground['lease'], me: string): boolean =>
	word !== undefined && word === (lease?.epoch ?? 0) && !lease?.current.includes(me);

const said = (outcome: Outcome): void => {
	const why = whyNot(outcome);
	if (why !== undefined) {
		refuse(why);
	}
};

/** A node that has no place in the lease yet gets one when all copies are there and the same. @throws {OcfError} */
async function join(kept: Kept, {override: word}: GlusterParams, volume: Volume, {lease}: Ground, deadline: Deadline): Promise<void> {
	if (word !== undefined && word === (lease?.epoch ?? 0)) {
		return;
	}
	for (;;) {
		const why = await unhealed(volume.name, deadline).catch(sentence);
		if (why === undefined) {
			break;
		}
		if (deadline.left() < 4 * PAUSE) {
			refuse(
				`${volume.name} has no lease yet: bring up all its copies for the first start, or set override=0 if this one has everything (${why})`,
			);
		}
		await sleep(2 * PAUSE);
	}
	// Both nodes may come at once: one of them then reads what the other one wrote.
	await insist(() => enter(kept, volume.id, deadline), deadline);
}

/** Again, until it is done. @throws {OcfError} why it is not */
async function insist(work: () => Promise<Outcome>, deadline: Deadline): Promise<void> {
	for (let why = whyNot(await work()); why !== undefined; why = whyNot(await work())) {
		if (deadline.left() < 4 * PAUSE) {
			refuse(why);
		}
		await sleep(PAUSE);
	}
}

/** Until the keeper has seen that clients may be let in. @throws {OcfError} with what it waits for */
async function ready(volume: string, deadline: Deadline): Promise<void> {
	for (;;) {
		const seen = seenIn(runFile(volume, 'seen'));
		const now = volumeNamed(volume);
		// While writes need both copies, those of a node that is behind reach the other one, or fail.
		const bound = seen?.words === 'left' && now !== undefined && quorumOf(now) === 'both';
		const safe = /^(together|healing|alone|unguarded)$/u.test(seen?.words ?? '') || bound;
		if (safe) {
			return;
		}
		if (deadline.left() < 2 * PAUSE) {
			refuse(`${volume} cannot be served yet: ${seen?.says ?? 'its keeper has not said anything'}`);
		}
		await sleep(PAUSE);
	}
}

/** Options as configured; one that cannot be set is no reason not to serve. */
async function configure(
	{volname, options, ping_timeout}: GlusterParams,
	volume: Volume,
	deadline: Deadline,
	log: (sentence: string) => void,
): Promise<void> {
	if ((await away(volume)) !== undefined) {
		// Set on one side alone, it would be another configuration than the other side's: that one would be refused.
		return;
	}
	const wanted = [...options, ...(ping_timeout === undefined ? [] : ([['network.ping-timeout', String(ping_timeout)]] as const))];
	for (const [name, value] of wanted) {
		if ((volumeNamed(volname) ?? volume).options.get(name) !== value) {
			await setOption(volname, name, value, deadline).catch((error: unknown) => log(`${name} is not set: ${sentence(error)}`));
		}
	}
}
