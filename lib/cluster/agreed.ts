import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import {type Outcome, orAgain} from '../lifecycle.ts';
import {type Cib, CibError, cibadmin, nodeNamed, readCib} from './cib.ts';
import {type Lease, leaseName, leaseText} from './lease.ts';
import {release} from './release.ts';

/** A cluster that does not answer is asked again: I/O waits, nothing is lost. */
export const asked = (ask: () => Promise<Outcome>): Promise<Outcome> => orAgain(CibError, ask);

/** May these writes be taken by fewer halves than the others think? Why not, as a sentence. */
export const doubt = (cib: Cib, me: string): string | undefined => {
	const {go, why} = release(cib.quorum, others(cib, me));
	return go ? undefined : `writes wait: ${why}`;
};

const others = (cib: Cib, me: string): Cib['nodes'] => cib.nodes.filter(node => node !== nodeNamed(cib, me));

/** How long a member may take to show its copy of the lease, and how often it is looked whether it is one still, in milliseconds. */
const SHOW = 4000;
const LOOK = 700;

/**
 * Which of the members does not show this lease in its own copy of the CIB, and why: for some seconds after a link is cut, a node that
 * nobody reaches any more still counts as a member, and what was written is not written there. Who is fenced meanwhile is not waited for.
 */
export function unaware(pool: string, lease: Lease, cib: Cib, me: string, deadline: Deadline): Promise<string | undefined> {
	const members = others(cib, me).filter(({membership}) => membership === 'member');
	const answers = Promise.all(
		members.map(async ({name}) => {
			const path = `//nvpair[@id="${leaseName(pool)}-value"]`;
			const shown = await cibadmin(['-Q', '--node', name, '--xpath', path], deadline.within(SHOW)).catch(String);
			return shown.includes(`value="${leaseText(lease)}"`)
				? undefined
				: `writes wait: ${name} does not show the lease (${shown.slice(0, 80)})`;
		}),
	);
	const shown = answers.then(all => all.find(why => why !== undefined));
	let over = false;
	const fenced = async (): Promise<string | undefined> => {
		while (!over) {
			await sleep(LOOK);
			const now = over ? undefined : await readCib(deadline).catch(() => undefined);
			if (now && !others(now, me).some(({membership}) => membership === 'member') && doubt(now, me) === undefined) {
				return undefined;
			}
		}
		return shown;
	};
	return Promise.race([shown, fenced()]).finally(() => {
		over = true;
	});
}
