import {CibError, cibadmin} from '../cluster/cib.ts';
import {constraint, newMark} from '../cluster/constraint.ts';
import {type Element, render} from '../cluster/xml.ts';
import {type Asking, scene} from './scene.ts';

/** The resync waits. Milliseconds. */
const QUESTION = 5000;

/**
 * This node becomes the target of a resync: where no constraint of this resource stands, write one that keeps it from being promoted until
 * the source has heard that the resync is over. For a peer that is only being resynced, a Primary that loses it asks no fence-peer and goes on
 * (drbd_nl.c, 8.4 and 9); and this node is UpToDate before the source knows.
 */
export async function forbid(asking: Asking): Promise<void> {
	const within = {...asking, deadline: asking.deadline.within(QUESTION)};
	const element = await behind(within);
	if (element) {
		asking.trace.notes.push(await write(element, within));
	}
}

/** Only the source, and whoever else DRBD trusts, may be promoted. Of another agent's resource nobody might ever lift it. */
async function behind(asking: Asking): Promise<Element | undefined> {
	const seen = await scene(asking);
	if ('cluster' in seen || seen.standing || seen.quorum === 'no' || !seen.ours || !seen.other) {
		return undefined;
	}
	return constraint({...seen.scheme, mark: newMark()}, [seen.other, ...seen.allowed.slice(1)]);
}

async function write(element: Element, {options, deadline, trace}: Asking): Promise<string> {
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
