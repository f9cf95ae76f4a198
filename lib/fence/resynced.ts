import {alarms, settle} from '../cluster/alarm.ts';
import {deadlineOf} from '../deadline.ts';
import {ask} from './local.ts';
import {afterResync} from './resync.ts';
import type {Asking} from './scene.ts';

const MILLISECONDS = 20_000;

/** A resync came to its end: what was kept or told because of it goes, each by itself. The constraint has been dealt with. */
export async function resynced(before: Asking): Promise<void> {
	const asking = {...before, deadline: deadlineOf(MILLISECONDS, performance.now())};
	const {told, options, deadline, trace} = asking;
	const snapshots = await afterResync(asking).catch((error: unknown) => `the snapshots stay: ${error}`);
	Object.assign(trace.facts, snapshots === undefined ? {} : {snapshots});
	if (!options.dryRun && alarms(told.resource).length > 0 && (await ask(told, deadline, trace.run)).together) {
		trace.notes.push(...(await settle(told.resource, () => true, deadline)));
	}
}
