import {setTimeout as sleep} from 'node:timers/promises';
import {leaseText} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import {again, type Outcome, orAgain, whyNot} from '../lifecycle.ts';
import {drop} from '../sockets.ts';
import {forget, halt, revive, startDaemon} from './bricks.ts';
import {gluster, type Prompt} from './cli.ts';
import {crawl, pendingHere, unhealed} from './heal.ts';
import {BARRIER, COUNT, type Kept, settled, sides, TYPE, type Under} from './kept.ts';
import {declareBehind, declareWhole} from './lease.ts';
import type {Verb} from './machine.ts';
import {peerHosts} from './peer.ts';
import {daemon, gfapi, used} from './process.ts';
import {away} from './serve.ts';
import type {Volume} from './store.ts';
import {done, GlusterError, peers} from './xml.ts';

/** A setting that takes longer waits for a peer that was not forgotten. Milliseconds. */
const SET = 15_000;
/**
 * How long clients may take to take up a new option, in milliseconds: glusterd tells them after it has answered. A mount tells in its .meta
 * what it goes by, and hangs when it is asked before its client has missed the lost brick (seen).
 */
const APPLY = 1000;
/** And how long writes must have reached both before nothing to heal means that nothing will be. */
const REACHED = 5000;
/**
 * How much earlier the node speaks whose machines run on the volume: a busy one sees the loss later. Seen in the lab: its word came 0.3 s
 * too late for 4 s. Nobody waits for the node that nobody uses.
 */
const FIRST_WORD = 12_000;

/** An option as this host's glusterd has it, and tells it its clients. @throws {GlusterError} */
export const setOption = async (volume: string, name: string, value: string, deadline: Deadline, signal?: AbortSignal): Promise<void> =>
	done(await gluster(['volume', 'set', volume, name, value], deadline, signal));

/** How many copies a write needs, when this host's clients know it; by a prompt that waits for it, if there is one. @throws {GlusterError} */
export async function setCount({name}: Volume, copies: number, deadline: Deadline, ready?: Prompt): Promise<void> {
	const said = await ready?.ask(['volume', 'set', name, COUNT, `${copies}`], deadline.within(SET).left());
	await (said ? done(said) : setOption(name, COUNT, `${copies}`, deadline.within(SET)));
	await sleep(APPLY);
}

/** Not a glusterd that answers: bricks end at "volume stop" too, which fails when the connection of the two does (seen: "Commit failed"). */
async function forgetLost(kept: Kept, volume: Volume): Promise<string | undefined> {
	kept.memory.answers = (await away(volume)) === undefined;
	return kept.memory.answers ? undefined : forget(kept, volume);
}

/** Who writes here goes first: the other one is then the one whose machines move. */
async function declare(kept: Kept, volume: Volume, deadline: Deadline): Promise<Outcome> {
	const {memory, note} = kept;
	memory.parted ??= performance.now();
	const busy = (note.mountpoint !== '' && used(note.mountpoint)) || gfapi(volume);
	if (!busy && performance.now() - memory.parted < FIRST_WORD) {
		return {again: 'the other node has the first word: nobody uses the volume here'};
	}
	// glusterd takes its time to believe it: begun while the cluster is told.
	const [said] = await Promise.all([declareBehind(kept, deadline), forgetLost(kept, volume)]);
	return said;
}

/** Every client of this host learns first that one copy is enough, and then that the other one is gone: in this order no write fails. */
async function lower(kept: Kept, volume: Volume, deadline: Deadline): Promise<Outcome> {
	// What is in the lease may not be known to everybody: another keeper wrote it, or was ended before it had asked.
	const {is: lease} = kept.memory.lease ?? {};
	const told = lease && kept.memory.told === leaseText(lease) ? undefined : whyNot(await declareBehind(kept, deadline));
	if (told !== undefined) {
		return {again: told};
	}
	if (daemon() === undefined) {
		return startDaemon(volume, deadline);
	}
	const why = kept.memory.answers ? undefined : await forget(kept, volume);
	if (volume.options.get(BARRIER) === 'enable') {
		// A snapshot that was ended: with the next option the bricks would hold writes again.
		await setOption(volume.name, BARRIER, 'disable', deadline.within(SET));
	}
	if (volume.options.get(TYPE) !== 'fixed') {
		await setOption(volume.name, TYPE, 'fixed', deadline.within(SET));
	}
	const {prompt: ready} = kept.memory;
	kept.memory.prompt = undefined;
	await setCount(volume, 1, deadline, ready);
	const ports = [...kept.memory.there, ...sides(volume).here].map(({port}) => port).filter(port => port > 0);
	const left = why ?? (await drop(peerHosts(kept, sides(volume).there), [...new Set(ports)]));
	if (left !== undefined) {
		kept.log(`writes wait for network.ping-timeout: ${left}`);
	}
	return {done: true};
}

async function raise(kept: Kept, volume: Volume, deadline: Deadline, signal: AbortSignal): Promise<Outcome> {
	const {memory} = kept;
	if (!settled(memory)) {
		return {again: 'clients look for the bricks that came back'};
	}
	const stranger = await apart(volume, deadline, signal);
	if (stranger !== undefined) {
		return {again: stranger};
	}
	if (volume.options.get(TYPE) !== 'fixed') {
		await setOption(volume.name, TYPE, 'fixed', deadline, signal);
	}
	await setOption(volume.name, COUNT, String(volume.replica), deadline, signal);
	memory.raised = performance.now();
	return {done: true};
}

/** Which glusterd of the other side does not have this one's configuration: what is set here would not be set there. */
async function apart(volume: Volume, deadline: Deadline, signal: AbortSignal): Promise<string | undefined> {
	const known = await peers(await gluster(['peer', 'status'], deadline, signal));
	const lost = sides(volume).there.find(({uuid, host}) => {
		const peer = known.find(one => one.uuid === uuid || one.names.includes(host));
		return !(peer?.connected && peer.state === 'Peer in Cluster');
	});
	return lost && `glusterd of ${lost.host} is not connected, or was refused: see "gluster peer status"`;
}

async function complete(kept: Kept, volume: Volume, deadline: Deadline, signal: AbortSignal): Promise<Outcome> {
	const seen = kept.memory.lease?.is;
	const pending = pendingHere(sides(volume).here);
	if (pending > 0) {
		await crawl(kept, volume, deadline, signal);
		return {again: `healing, ${pending} entries left`};
	}
	if (performance.now() - kept.memory.raised < REACHED) {
		return {again: 'waiting whether something has to be healed'};
	}
	const stranger = await apart(volume, deadline, signal);
	if (stranger !== undefined) {
		return {again: stranger};
	}
	const left = await unhealed(volume.name, deadline, signal);
	if (left !== undefined) {
		await crawl(kept, volume, deadline, signal);
		return {again: left};
	}
	return declareWhole(kept, seen, deadline);
}

type Hand = (kept: Kept, volume: Volume, deadline: Deadline, signal: AbortSignal) => Promise<Outcome>;
const VERBS: Record<Verb, Hand> = {declare, lower, raise, complete, revive, halt: (_, volume, deadline) => halt(volume, deadline)};

/** What asks glusterd, or bricks, about both sides: while that waits the link may be lost, and has to be seen. */
const WAITS: ReadonlySet<string> = new Set<Verb>(['raise', 'complete', 'revive']);

/**
 * One verb. One that may wait for the other side is begun, looked after at each later call, and given up as soon as another one is due:
 * until it has ended its outcome is that it goes on.
 */
export async function act(verb: string, kept: Kept, volume: Volume, deadline: Deadline): Promise<Outcome> {
	const work = (signal: AbortSignal): Promise<Outcome> => orAgain(GlusterError, () => VERBS[verb as Verb](kept, volume, deadline, signal));
	const {memory} = kept;
	if (memory.under?.verb !== verb) {
		await giveUp(kept);
	}
	if (!WAITS.has(verb)) {
		return work(new AbortController().signal);
	}
	memory.under ??= begun(verb, work);
	const {outcome} = memory.under;
	if (!outcome) {
		return {again: WAITING};
	}
	memory.under = undefined;
	return outcome;
}

export const WAITING = 'waiting for gluster';

function begun(verb: string, work: (signal: AbortSignal) => Promise<Outcome>): Under {
	const abort = new AbortController();
	const under: Under = {verb, abort, over: Promise.resolve(), outcome: undefined};
	under.over = work(abort.signal)
		.catch(again)
		.then(outcome => {
			under.outcome = outcome;
		});
	return under;
}

/** Of what was begun and is not wanted any more; its command ends with it. */
export async function giveUp({memory}: Kept): Promise<void> {
	memory.under?.abort.abort('something else is due');
	await memory.under?.over;
	memory.under = undefined;
}
