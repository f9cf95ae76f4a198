import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import {type Outcome, orAgain} from '../lifecycle.ts';
import {type Cib, CibError, cibadmin, nodeNamed, readCib} from './cib.ts';
import {hasLease, type Lease, leaseName, leaseText} from './lease.ts';
import {release} from './release.ts';

/** A cluster that does not answer is asked again: I/O waits, nothing is lost. */
export const asked = (ask: () => Promise<Outcome>): Promise<Outcome> => orAgain(CibError, ask);

/** May these writes be taken by fewer halves than the others think? Why not, as a sentence. */
export const doubt = (cib: Cib, me: string): string | undefined => {
	const {go, why} = release(cib.quorum, others(cib, me));
	return go ? undefined : `writes wait: ${why}`;
};

/** This node's own copy: another node's, with an older lease, may have won when the two became one cluster again. */
const undone = (cib: Cib, pool: string, lease: Lease): string | undefined =>
	hasLease(cib, pool, lease) ? undefined : `writes wait: the lease of ${pool} was changed meanwhile`;

const others = (cib: Cib, me: string): Cib['nodes'] => cib.nodes.filter(node => node !== nodeNamed(cib, me));

/** How long a member may take to show its copy of the lease, and how often it is looked whether it is one still, in milliseconds. */
const SHOW = 4000;
const LOOK = 700;
/** And how often whether one that is lost was fenced: nothing else is under way, and everybody waits for it. */
const GLANCE = 300;

const members = (cib: Cib, me: string): string[] =>
	others(cib, me)
		.filter(({membership}) => membership === 'member')
		.map(({name}) => name);

/** Pacemaker has a node that is lost fenced before it does anything else: in a moment nobody need be asked. */
const lost = (cib: Cib, me: string): boolean => cib.quorum && others(cib, me).some(({membership}) => membership === 'lost');

/** Why a node does not show this lease in its own copy of the CIB. */
async function shown(pool: string, lease: Lease, name: string, deadline: Deadline): Promise<string | undefined> {
	const path = `//nvpair[@id="${leaseName(pool)}-value"]`;
	const copy = await cibadmin(['-Q', '--node', name, '--xpath', path], deadline.within(SHOW)).catch(String);
	return copy.includes(`value="${leaseText(lease)}"`) ? undefined : `writes wait: ${name} does not show the lease (${copy.slice(0, 80)})`;
}

/**
 * Which of the members does not show this lease in its own copy of the CIB, and why; or that this node's copy does not have it any more.
 * For some seconds after a link is cut, a node that nobody reaches still counts as a member, and what was written is not written there.
 * Who the members are is asked after the writing: one that was down when it began may have joined, and be lost again without it. Those of
 * `before` are asked at the same time. Who is lost is given the same time to be fenced; who is fenced meanwhile is not waited for.
 * @throws {CibError}
 */
export async function unshown(
	pool: string,
	lease: Lease,
	me: string,
	deadline: Deadline,
	before?: Cib | undefined,
): Promise<string | undefined> {
	const told = new Map<string, Promise<string | undefined>>();
	const ask = (cib: Cib): Promise<string | undefined>[] =>
		members(cib, me).map(name => {
			const answer = told.get(name) ?? shown(pool, lease, name, deadline);
			told.set(name, answer);
			return answer;
		});
	if (before) {
		ask(before);
	}
	let after = await readCib(deadline);
	for (const end = performance.now() + SHOW; lost(after, me) && hasLease(after, pool, lease) && performance.now() < end; ) {
		await sleep(GLANCE);
		after = await readCib(deadline);
	}
	const why = doubt(after, me) ?? undone(after, pool, lease);
	if (why !== undefined) {
		return why;
	}
	const answers = Promise.all(ask(after)).then(all => all.find(one => one !== undefined));
	let over = false;
	const fenced = async (): Promise<string | undefined> => {
		while (!over) {
			await sleep(LOOK);
			const now = over ? undefined : await readCib(deadline).catch(() => undefined);
			if (now && members(now, me).length === 0 && (doubt(now, me) ?? undone(now, pool, lease)) === undefined) {
				return undefined;
			}
		}
		return answers;
	};
	return Promise.race([answers, fenced()]).finally(() => {
		over = true;
	});
}
