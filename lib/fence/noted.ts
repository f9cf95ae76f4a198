import {readCib} from '../cluster/cib.ts';
import {idsOf} from '../cluster/constraint.ts';
import {child, type Element} from '../cluster/xml.ts';
import {asName, keep, read} from '../host.ts';
import type {Asking} from './scene.ts';

/** The resync waits. Milliseconds. */
const QUESTION = 5000;

const fileOf = (resource: string): string => `/run/twinpool/standing-${asName(resource)}`;

/**
 * Note which constraints stand as this node becomes the target of a resync, whoever they are of: the end of the resync is a reason to lift
 * one of those. What is written later is of a Primary that lost this node again, though the kernel here, or a handler that was frozen,
 * may not know it yet. What cannot be asked is a note of none.
 */
export async function note({told, options, deadline, trace}: Asking): Promise<void> {
	if (options.dryRun) {
		return;
	}
	const cib = await readCib(deadline.within(QUESTION), trace.run).catch(() => undefined);
	const stands = child(cib?.configuration, 'constraints')?.children ?? [];
	keep(fileOf(told.resource), stands.flatMap(idsOf).join('\n'));
}

/** Whether this constraint was noted; yes where nothing was, as before-resync-target is not ours. */
export function wasThere(resource: string): (element: Element) => boolean {
	const noted = read(fileOf(resource))?.split('\n');
	return element => noted === undefined || idsOf(element).every(id => noted.includes(id));
}
