import {setTimeout as sleep} from 'node:timers/promises';
import {alarms} from '../cluster/alarm.ts';
import {fencedLast} from '../cluster/history.ts';
import {type Deadline, deadlineOf} from '../deadline.ts';
import {type ResourceAnswer, type ResourceRequest, SOURCES} from '../fence/asked.ts';
import {type Both, diverged, loss} from '../fence/diverged.ts';
import {type Peer, peersIn} from '../fence/peers.ts';
import {run} from '../run.ts';
import {plain} from './plain.ts';
import {insisted} from './question.ts';
import {askResource} from './remote.ts';
import type {Choice} from './split-brain.ts';
import {choices, lostWords, report} from './split-report.ts';

/** How long all questions may take, and one of them, in milliseconds. */
const ALL = 120_000;
const EACH = 30_000;
/** Snapshots of many volumes take their time. */
const COPIED = 600_000;
/** How long the two may take to meet again, in milliseconds. */
const MET = 60_000;
const PAUSE = 1000;

type AskBoth = (request: Partial<ResourceRequest>, deadline: Deadline) => Promise<Both>;

/** Ask this host and its peer, by the address that DRBD has of it, or by name where that is not in reach: the link may be what is broken. */
function between(resource: string, {name, address}: Peer): {both: AskBoth; one: typeof askResource} {
	const one: typeof askResource = (host, request, deadline) => {
		const first = host === undefined ? undefined : (address ?? name);
		return askResource(first, request, deadline).catch((error: unknown) => {
			if (host === undefined || first === name) {
				throw error;
			}
			return askResource(name, request, deadline).catch(() => {
				throw error;
			});
		});
	};
	const both: AskBoth = async (request, deadline) => {
		const whole = requestOf(resource, request);
		const said = await Promise.all([one(undefined, whole, deadline), one(name, whole, deadline)]);
		const failed = said.find(({why}) => why !== undefined);
		if (failed) {
			throw new Error(`${failed.host}: ${failed.why}`);
		}
		return said;
	};
	return {both, one};
}

const requestOf = (resource: string, request: Partial<ResourceRequest>): ResourceRequest => ({
	ask: 'resource',
	resource,
	expect: [],
	withoutCopy: false,
	within: EACH,
	...request,
});

/** `twinpool split-brain RESOURCE`: 0 the sides are not apart (any more), 1 they are. */
export async function splitResource(resource: string, {keep, yes, withoutCopy, json}: Choice): Promise<number> {
	const deadline = deadlineOf(ALL, performance.now());
	const {stdout} = await run(['drbdadm', 'dump', resource], {timeout: Math.max(1, deadline.left())});
	const peers = peersIn(stdout);
	const [peer] = peers;
	if (!peer || peers.length > 1) {
		throw new Error(`${resource} has ${peers.length} peers (${peers.map(({name}) => name).join(', ')}): only two hosts can be compared`);
	}
	const asking = between(resource, peer);
	const both = await asking.both({}, deadline);
	const judged = diverged(both);
	const fenced = await fencedLast(deadline);
	const told = alarms(resource).find(({kind}) => kind === 'split-brain')?.value;
	if (keep === undefined || !judged.torn) {
		const options = judged.torn ? choices(resource, both) : [];
		const facts = {resource, ...judged, fenced, told, sides: both, choices: options};
		process.stdout.write(json ? `${JSON.stringify(facts)}\n` : plain(report(facts)));
		return judged.torn ? 1 : 0;
	}
	return resolve(resource, both, chosen(both, peer, keep), {...asking, yes, withoutCopy});
}

/** Which of both, by its name, the name's beginning, or its address, is kept. @throws {Error} neither */
function chosen(both: Both, {name, address}: Peer, keep: string): number {
	const names = both.map(({host}, place) => [host, host.split('.')[0], ...(place === 1 ? [name, address] : [])]);
	const meant = [0, 1].filter(place => names[place]?.includes(keep));
	const [index] = meant;
	if (index === undefined || meant.length > 1) {
		throw new Error(
			`${keep} is ${index === undefined ? 'neither side' : 'both sides'}: expected ${both.map(({host}) => host).join(' or ')}`,
		);
	}
	return index;
}

/** @throws {Error} what has to be done before */
function ready(resource: string, survivor: ResourceAnswer, victim: ResourceAnswer, withoutCopy: boolean): void {
	const poor = survivor.volumes.find(({disk}) => !SOURCES.includes(disk ?? ''));
	if (poor) {
		throw new Error(`${survivor.host} cannot be kept: its volume ${poor.volume} is ${poor.disk ?? 'down'}`);
	}
	const down = [survivor, victim].find(({role}) => role === undefined);
	if (down) {
		throw new Error(`${resource} is down on ${down.host}: drbdadm up ${resource} there`);
	}
	const [pool] = victim.imported;
	if (pool !== undefined) {
		throw new Error(
			`${pool} is imported on ${victim.host}: "zpool export ${pool}" there, with the cluster in maintenance mode or the resource stopped, so that it is not imported again`,
		);
	}
	const bare = victim.volumes.find(({copy}) => copy === undefined);
	if (bare && !withoutCopy) {
		throw new Error(
			`no snapshot can be taken of ${bare.backing || `volume ${bare.volume}`} on ${victim.host}, and one within the pool goes with it: copy what is needed ("dd if=${bare.backing || 'DISK'} of=FILE bs=1M conv=sparse" there, or "zfs send" while it is imported), then --without-copy`,
		);
	}
}

interface Meant {
	both: AskBoth;
	one: typeof askResource;
	yes: boolean;
	withoutCopy: boolean;
}

const expect = ({volumes}: ResourceAnswer): string[] => volumes.map(({current}) => current);

async function resolve(resource: string, both: Both, kept: number, {both: all, one, yes, withoutCopy}: Meant): Promise<number> {
	const [survivor, victim] = kept === 0 ? both : [both[1], both[0]];
	ready(resource, survivor, victim, withoutCopy);
	const lost = lostWords(loss(victim, survivor));
	process.stdout.write(plain(`${survivor.host}'s data stays; lost is ${lost}${withoutCopy ? ', without a copy' : ''}\n`));
	await insisted(yes, withoutCopy ? `What ${victim.host} wrote is lost.` : `What ${victim.host} wrote is lost, but for a snapshot.`);
	// The question may have waited for long. The victim first: before it has given up, the two would only part again.
	const place = (side: ResourceAnswer): string | undefined => (side === both[0] ? undefined : side.host);
	const work = (side: ResourceAnswer, ask: 'discard' | 'connect'): Promise<ResourceAnswer> => {
		const request = requestOf(resource, {ask, expect: expect(side), withoutCopy, within: COPIED});
		return one(place(side), request, deadlineOf(COPIED, performance.now()));
	};
	const given = await work(victim, 'discard');
	process.stdout.write(plain(given.copies.map(name => `${victim.host}: snapshot ${name}\n`).join('')));
	if (given.why !== undefined) {
		throw new Error(`${victim.host}: ${given.why}`);
	}
	const taken = await work(survivor, 'connect');
	if (taken.why !== undefined) {
		throw new Error(
			`${survivor.host}: ${taken.why}; ${victim.host} has given its data up and waits: drbdadm connect ${resource} on ${survivor.host}`,
		);
	}
	return met(resource, victim.host, all);
}

/** Wait until the two are connected: from there DRBD does the rest. */
async function met(resource: string, victim: string, all: AskBoth): Promise<number> {
	const deadline = deadlineOf(MET, performance.now());
	for (;;) {
		const both = await all({}, deadlineOf(ALL, performance.now()));
		const states = plain(both.map(({host, role, connection, volumes}) => `${host} ${connection}, ${role}, ${volumes[0]?.disk}`).join('; '));
		if (both.every(({connection}) => connection === 'Connected')) {
			process.stdout.write(`connected: ${victim} gets what it has not (${states}); "drbdadm status ${resource}" shows how far it is\n`);
			return 0;
		}
		if (deadline.left() < PAUSE) {
			process.stdout.write(`${resource} is not connected yet: ${states}\n`);
			return 1;
		}
		await sleep(PAUSE);
	}
}
