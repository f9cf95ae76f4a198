import {cibadmin} from '../cluster/cib.ts';
import {constraint, exactly, newMark} from '../cluster/constraint.ts';
import {render} from '../cluster/xml.ts';
import {type Asking, scene} from './scene.ts';

/** The resync waits. Milliseconds. */
const QUESTION = 5000;

/**
 * This node becomes the target of a resync: where no constraint of this resource keeps it from being promoted, write one that does, until
 * the source has heard that the resync is over. For a peer that is only being resynced, a Primary that loses it asks no fence-peer and goes on
 * (drbd_nl.c, 8.4 and 9); and this node is UpToDate before the source knows.
 */
export async function forbid(asking: Asking): Promise<void> {
	const within = {...asking, deadline: asking.deadline.within(QUESTION)};
	const {notes} = asking.trace;
	try {
		const command = await behind(within);
		if (command) {
			notes.push(await write(command, within));
		}
	} catch (error) {
		// The snapshot beside it is not to suffer.
		notes.push(`promotion could not be forbidden for the time of this resync: ${error instanceof Error ? error.message : String(error)}`);
	}
}

/** Only the source, and whoever else DRBD trusts, may be promoted. Of another agent's resource nobody might ever lift it. */
async function behind(asking: Asking): Promise<string[] | undefined> {
	const seen = await scene(asking);
	if ('cluster' in seen || seen.constraint === 'foreign' || seen.quorum === 'no' || !seen.ours || !seen.other) {
		return undefined;
	}
	const xml = render(constraint({...seen.scheme, mark: newMark()}, [seen.other, ...seen.allowed.slice(1)]));
	return seen.standing ? ['-R', '--xpath', exactly(seen.standing.element), '-X', xml] : ['-C', '-o', 'constraints', '-X', xml];
}

async function write(command: readonly string[], {options, deadline, trace}: Asking): Promise<string> {
	if (options.dryRun) {
		return `would run: cibadmin ${command.join(' ')}`;
	}
	await cibadmin(command, deadline, trace.run);
	return 'until this resync has ended only where it comes from may be promoted';
}
