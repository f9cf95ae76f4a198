import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import type {Deadline} from '../deadline.ts';
import {at, list, read} from '../host.ts';
import {nodeAttribute, promotionScore} from './attributes.ts';

/** What a resource instance tells the cluster: its promotion score (nothing: none) and a word on its state. */
export interface News {
	score: number | undefined;
	attribute: string;
	state: string;
}

interface Told extends News {
	/** Milliseconds since 1970. */
	time: number;
	/** The attribute daemon that was told: another one knows nothing of it. */
	daemon: string | undefined;
}

const FOLDER = '/run/twinpool';
/** Told again after so long in any case: somebody may have removed an attribute by hand. */
const AGAIN = 300_000;

const fileOf = (instance: string): string => `${FOLDER}/told-${instance.replace(/[^\w.:-]/gu, '_')}.json`;

/**
 * Tell the cluster what changed since the last time, and nothing when nothing did: a healthy monitor starts no program.
 * Gives the sentences of what could not be told; that never fails an operation.
 */
export async function tell(instance: string, news: News, deadline: Deadline): Promise<string[]> {
	const before = remembered(instance);
	const {time, daemon, ...same} = before ?? {time: 0, daemon: undefined};
	const fresh = Date.now() - time < AGAIN && (daemon === undefined || alive(daemon));
	if (fresh && before && JSON.stringify(same) === JSON.stringify(news)) {
		return [];
	}
	const problems: string[] = [];
	if (!(fresh && before) || before.score !== news.score) {
		problems.push(...[await promotionScore(news.score, deadline)].filter(problem => problem !== undefined));
	}
	if (!(fresh && before) || before.state !== news.state) {
		problems.push(...[await nodeAttribute(news.attribute, news.state, deadline)].filter(problem => problem !== undefined));
	}
	if (problems.length === 0) {
		remember(instance, {...news, time: Date.now(), daemon: daemonLife()});
	}
	return problems;
}

/** Forget what was told: the next one tells everything. */
export const forget = (instance: string): void => rmSync(at(fileOf(instance)), {force: true});

/** The score that was last told; nothing when none was, or nobody remembers. */
export const toldScore = (instance: string): number | undefined => remembered(instance)?.score;

function remembered(instance: string): Told | undefined {
	try {
		const told = JSON.parse(read(fileOf(instance)) ?? 'null') as Partial<Told> | null;
		return told && typeof told.time === 'number' && typeof told.state === 'string' && typeof told.attribute === 'string'
			? {score: told.score, attribute: told.attribute, state: told.state, time: told.time, daemon: told.daemon}
			: undefined;
	} catch {
		return undefined;
	}
}

function remember(instance: string, told: Told): void {
	try {
		mkdirSync(at(FOLDER), {recursive: true, mode: 0o700});
		writeFileSync(at(fileOf(instance)), JSON.stringify(told), {mode: 0o600});
	} catch {
		// Without memory everything is told again next time: slower, not wrong.
	}
}

/** The running attribute daemon as `pid.starttime`, from /proc; nothing when there is none. */
function daemonLife(): string | undefined {
	const pid = list('/proc').find(name => /^\d+$/u.test(name) && read(`/proc/${name}/comm`) === 'pacemaker-attrd\n');
	return pid && `${pid}.${startOf(pid)}`;
}

const alive = (daemon: string): boolean => {
	const [pid = '', start] = daemon.split('.');
	return startOf(pid) === start;
};

/** Field 22 of /proc/PID/stat; the command's name before it may have blanks, and ends with the last parenthesis. */
const startOf = (pid: string): string => read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ').at(19) ?? '';
