import {rmSync} from 'node:fs';
import {alarms, raise, stamp} from '../cluster/alarm.ts';
import {asName, at, keep, list, read} from '../host.ts';
import {ToolError} from '../run.ts';
import {kernelLog, type Meeting, meetings, shown} from './generations.ts';
import type {Asking} from './scene.ts';
import type {Outcome} from './trace.ts';

const FOLDER = '/var/lib/twinpool/split-brain';
/** As many as are kept of one resource. */
const MOST = 20;
const PATIENCE = 3000;

/** The two sides met as two: for the record. DRBD may well settle it by itself, as its after-sb policies say. */
export function initialSplitBrain(asking: Asking): Promise<Outcome> {
	const {told, trace} = asking;
	const met = meetings(kernelLog(), told.resource, told.minors);
	Object.assign(trace.facts, {volumes: met});
	return Promise.resolve({code: 0, why: `the two sides differ (${words(met)}): DRBD is about to apply its after-sb policies`});
}

/** DRBD gave up and parted the two: written down with both sides' identifiers, and told once. */
export async function splitBrain(asking: Asking): Promise<Outcome> {
	const {told, options, deadline, trace} = asking;
	const met = await volumes(asking);
	const said = words(met);
	const known = alarms(told.resource).some(({kind, value}) => kind === 'split-brain' && value.endsWith(` ${said}`));
	Object.assign(trace.facts, {volumes: met, known});
	if (options.dryRun) {
		return {code: 0, why: `would tell: ${said}`};
	}
	const file = recorded({resource: told.resource, peer: told.peer ?? null, volumes: met}, said);
	const problem = await raise('split-brain', told.resource, said, deadline);
	Object.assign(trace.facts, {file: file ?? null});
	if (problem) {
		trace.notes.push(`the cluster was not told: ${problem}`);
	}
	return {
		code: 0,
		why: `the two sides of ${told.resource} hold different data and do not replicate (${said})${known ? ', as was told before' : ''}: choose the one to keep`,
	};
}

/** Both sides from the kernel's log; ours from drbdadm where the log is silent. */
async function volumes({told, deadline, trace}: Asking): Promise<Meeting[]> {
	const met = meetings(kernelLog(), told.resource, told.minors);
	if (met.some(({self}) => self)) {
		return met;
	}
	trace.notes.push('the kernel log says nothing of the meeting: the identifiers of the peer are not known');
	try {
		const {exit, stdout} = await trace.run(['drbdadm', 'show-gi', told.resource], {
			timeout: Math.max(1, Math.min(PATIENCE, deadline.left())),
		});
		return exit === 0 ? shown(stdout, told.minors) : [];
	} catch (error) {
		if (error instanceof ToolError) {
			return [];
		}
		throw error;
	}
}

/** What makes a split brain this one: the generation that each side is at. */
function words(met: readonly Meeting[]): string {
	const sides = met.map(({minor, self, peer}) => `${minor}: ${self?.current ?? '?'} here, ${peer?.current ?? '?'} there`);
	return sides.join('; ') || 'identifiers unknown';
}

/** One file a split brain: the same one again is not written again, and the oldest go. The journal has it all the same. */
function recorded(facts: Record<string, unknown>, said: string): string | undefined {
	const name = asName(`${facts['resource']}`);
	const files = list(FOLDER)
		.filter(file => file.startsWith(`${name}-`) && /^\d{8}T\d{6}Z\.json$/u.test(file.slice(name.length + 1)))
		.sort((one, other) => (one < other ? -1 : 1));
	const same = files.find(file => read(`${FOLDER}/${file}`)?.includes(JSON.stringify(said)));
	if (same) {
		return `${FOLDER}/${same}`;
	}
	const path = `${FOLDER}/${name}-${stamp()}.json`;
	if (!keep(path, `${JSON.stringify({time: new Date().toISOString(), summary: said, ...facts}, undefined, '\t')}\n`)) {
		return undefined;
	}
	for (const old of files.slice(0, Math.max(0, files.length + 1 - MOST))) {
		rmSync(at(`${FOLDER}/${old}`), {force: true});
	}
	return path;
}
