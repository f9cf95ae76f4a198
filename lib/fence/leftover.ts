import type {Deadline} from '../deadline.ts';
import {run} from '../run.ts';
import {unasked} from './environment.ts';
import {journal} from './journal.ts';
import {options} from './options.ts';
import {trace} from './trace.ts';
import {unfencePeer} from './unfence.ts';

/**
 * Lift the constraint of a failover that is over and that nobody lifted: a resync that ended while the nodes were not one cluster
 * found no constraint on its side, and no other resync comes. Left standing, it would forbid the next takeover.
 * Gives what was done, where there was a constraint.
 */
export async function leftOver(resource: string, minors: number[], deadline: Deadline): Promise<string | undefined> {
	const record = trace(run);
	Object.assign(record.facts, {event: 'unfence-peer', by: 'monitor', resource});
	const asking = {
		told: unasked(resource, minors),
		options: {...options([]), dcTimeout: SHARE / 1000},
		deadline: deadline.within(2 * SHARE),
		trace: record,
	};
	const {code, why} = await unfencePeer(asking);
	const {constraintAllows} = record.facts;
	if (constraintAllows === null || constraintAllows === undefined) {
		return undefined;
	}
	Object.assign(record.facts, {code, why});
	await journal('twinpool-unfence-peer', record.line());
	return why;
}

/** What one question may take of a monitor's time, in milliseconds: the next one asks again. */
const SHARE = 4000;
