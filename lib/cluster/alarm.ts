import {rmSync, statSync} from 'node:fs';
import type {Deadline} from '../deadline.ts';
import {asName, at, keep, list, read} from '../host.ts';
import {urgentAttribute} from './attributes.ts';

/** What somebody has to hear of. The node attribute twinpool-KIND-RESOURCE stands for as long as it is so, and alert agents are called for it. */
export type Kind = 'split-brain' | 'io-error' | 'out-of-sync' | 'quorum-lost';

/** An alarm that stands, as it is kept in /run: one that was only noted has not reached the cluster yet. */
interface Alarm {
	kind: Kind;
	told: boolean;
	/** The attribute's value: when, and a few words. */
	value: string;
}

const FOLDER = '/run/twinpool';
/** An attribute's value is for a line of a log or a mail's subject. */
const LONGEST = 160;

/** A moment as 20261122T151332Z: no colons, so that it can be part of any name. */
export const stamp = (time = new Date()): string => time.toISOString().replace(/[-:]|\.\d+/gu, '');

const fileOf = (kind: Kind, resource: string): string => `${FOLDER}/alarm-${kind}-${asName(resource)}`;

/** Note an alarm, without asking anybody: the next monitor tells it. One that says the same already is left as it is. */
export function note(kind: Kind, resource: string, words: string, time = new Date()): Alarm {
	const before = standing(kind, resource);
	const said = words.replace(/\s+/gu, ' ').slice(0, LONGEST);
	if (before?.value.replace(/^\S+ /u, '') === said) {
		return before;
	}
	const alarm = {kind, told: false, value: `${stamp(time)} ${said}`};
	record(alarm, resource);
	return alarm;
}

/** Note an alarm and tell the cluster, once. Gives why it could not be told, or nothing; the next monitor tries again. */
export function raise(kind: Kind, resource: string, words: string, deadline: Deadline): Promise<string | undefined> {
	const alarm = note(kind, resource, words);
	return alarm.told ? Promise.resolve(undefined) : tell(alarm, resource, deadline);
}

/** Tell what was only noted, and take back what is over. Gives a sentence for each; without an alarm it is one look into /run. */
export async function settle(resource: string, over: (kind: Kind) => boolean, deadline: Deadline): Promise<string[]> {
	const said: (string | undefined)[] = [];
	for (const alarm of alarms(resource)) {
		if (over(alarm.kind)) {
			const problem = await urgentAttribute(nameOf(alarm.kind, resource), undefined, deadline);
			if (problem === undefined) {
				rmSync(at(fileOf(alarm.kind, resource)), {force: true});
			}
			said.push(problem ?? `${alarm.kind} of ${resource} is over (${alarm.value})`);
		} else if (!alarm.told) {
			said.push((await tell(alarm, resource, deadline)) ?? `${alarm.kind} of ${resource} was told to the cluster: ${alarm.value}`);
		}
	}
	return said.filter(sentence => sentence !== undefined);
}

/** What stands for a resource. */
export function alarms(resource: string): Alarm[] {
	const kinds: readonly Kind[] = ['split-brain', 'io-error', 'out-of-sync', 'quorum-lost'];
	const names = list(FOLDER);
	return kinds.flatMap(kind =>
		names.includes(`alarm-${kind}-${asName(resource)}`) ? [standing(kind, resource)].filter(one => one !== undefined) : [],
	);
}

const nameOf = (kind: Kind, resource: string): string => `twinpool-${kind}-${asName(resource)}`;

async function tell(alarm: Alarm, resource: string, deadline: Deadline): Promise<string | undefined> {
	const problem = await urgentAttribute(nameOf(alarm.kind, resource), alarm.value, deadline);
	if (problem === undefined) {
		record({...alarm, told: true}, resource);
	}
	return problem;
}

/** The launcher notes without a clock (lib/launch.sh): its file's own time is the alarm's. */
function standing(kind: Kind, resource: string): Alarm | undefined {
	const path = fileOf(kind, resource);
	const [state, words = ''] = read(path)?.split('\n') ?? [];
	if (state === undefined) {
		return undefined;
	}
	const value = /^\d{8}T\d{6}Z /u.test(words) ? words : `${stamp(timeOf(path))} ${words || kind}`;
	return {kind, told: state === 'told', value};
}

function timeOf(path: string): Date {
	try {
		return statSync(at(path)).mtime;
	} catch {
		return new Date();
	}
}

/** Without memory it is told again at the next event, and nobody takes it back: late, not wrong. */
const record = ({kind, told, value}: Alarm, resource: string): boolean =>
	keep(fileOf(kind, resource), `${told ? 'told' : 'new'}\n${value}\n`);
