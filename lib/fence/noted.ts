import type {Standing} from '../cluster/constraint.ts';
import {asName, keep, read} from '../host.ts';
import {type Asking, scene} from './scene.ts';

/** The resync waits. Milliseconds. */
const QUESTION = 5000;

const fileOf = (resource: string): string => `/run/twinpool/standing-${asName(resource)}`;

/** Which constraint it is, or that there is none. */
export const word = (standing: Standing | undefined): string => (standing ? `mark ${standing.mark}` : 'none');

/**
 * Note which constraint stands as this node becomes the target of a resync: the end of the resync is a reason to lift that one. One that
 * was written later is of a Primary that lost this node again, though the kernel here, or a handler that was frozen, may not know it yet.
 * What cannot be asked is no constraint's word.
 */
export async function note(asking: Asking): Promise<void> {
	const seen = await scene({...asking, deadline: asking.deadline.within(QUESTION)});
	keep(fileOf(asking.told.resource), `${'cluster' in seen ? 'unknown' : word(seen.standing)}\n`);
}

/** What was noted last; nothing where before-resync-target is not ours. */
export const noted = (resource: string): string | undefined => read(fileOf(resource))?.trim();
