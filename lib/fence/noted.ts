import {type Cib, CibError, cibadmin, readCib} from '../cluster/cib.ts';
import {constraint, idsOf, newMark} from '../cluster/constraint.ts';
import {child, type Element, render} from '../cluster/xml.ts';
import type {Deadline} from '../deadline.ts';
import {asName, keep, read} from '../host.ts';
import {type Asking, scene} from './scene.ts';

/** The resync waits. Milliseconds. */
const QUESTION = 5000;

const fileOf = (resource: string): string => `/run/twinpool/standing-${asName(resource)}`;

/**
 * Note which constraints stand as this node becomes the target of a resync, whoever they are of: the end of the resync is a reason to lift
 * one of those. What is written later is of a Primary that lost this node again, though the kernel here, or a handler that was frozen,
 * may not know it yet. What cannot be asked is a note of none.
 *
 * Where none of this resource stands, one is written that keeps this node from being promoted until the source has heard that the resync
 * is over. For a peer that is only being resynced, a Primary that loses it asks no fence-peer and goes on (drbd_nl.c, 8.4 and 9); and this
 * node is UpToDate before the source knows.
 */
export async function note(asking: Asking): Promise<void> {
	const {told, options, deadline, trace} = asking;
	const within = deadline.within(QUESTION);
	const cib = await readCib(within, trace.run).catch(() => undefined);
	const own = cib && (await behind({...asking, cib, deadline: within}));
	if (!options.dryRun) {
		// First, so that what is written is never unknown here.
		keep(fileOf(told.resource), [...standing(cib), ...(own ? [own] : [])].flatMap(idsOf).join('\n'));
	}
	if (own) {
		trace.notes.push(await write(own, within, asking));
	}
}

const standing = (cib: Cib | undefined): Element[] => child(cib?.configuration, 'constraints')?.children ?? [];

/** Only the source, and whoever else DRBD trusts, may be promoted. Of another agent's resource nobody might ever lift it. */
async function behind(asking: Asking): Promise<Element | undefined> {
	const seen = await scene(asking);
	if ('cluster' in seen || seen.standing || seen.quorum === 'no' || !seen.ours || !seen.other) {
		return undefined;
	}
	return constraint({...seen.scheme, mark: newMark()}, [seen.other, ...seen.allowed.slice(1)]);
}

async function write(element: Element, deadline: Deadline, {options, trace}: Asking): Promise<string> {
	const command = ['-C', '-o', 'constraints', '-X', render(element)];
	if (options.dryRun) {
		return `would run: cibadmin ${command.join(' ')}`;
	}
	try {
		await cibadmin(command, deadline, trace.run);
		return 'until this resync has ended only where it comes from may be promoted';
	} catch (error) {
		if (error instanceof CibError) {
			return `promotion could not be forbidden for the time of this resync: ${error.message}`;
		}
		throw error;
	}
}

/** Whether this constraint was noted; yes where nothing was, as before-resync-target is not ours. */
export function wasThere(resource: string): (element: Element) => boolean {
	const noted = read(fileOf(resource))?.split('\n');
	return element => noted === undefined || idsOf(element).every(id => noted.includes(id));
}
