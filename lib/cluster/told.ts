import {rmSync} from 'node:fs';
import type {Deadline} from '../deadline.ts';
import {asName, at, began, keep, list, read} from '../host.ts';
import {type Answer, leave, withdraw} from './answer.ts';
import {nodeAttribute, promotionScore} from './attributes.ts';

/** What a resource instance tells the cluster: its promotion score (nothing: none) and a word on its state. */
export interface News {
	score: number | undefined;
	attribute: string;
	state: string;
	/** What monitor may go on answering, once all of it is told; nothing where it has to look for itself. */
	answer?: Omit<Answer, 'seconds'> | undefined;
}

interface Told extends Omit<News, 'answer'> {
	/** Milliseconds since 1970. */
	time: number;
	/** A state that was seen once and not told yet. */
	coming?: string | undefined;
	/** The attribute daemon that was told: another one knows nothing of it. */
	daemon: string | undefined;
}

const FOLDER = '/run/twinpool';
/** Told again after so long in any case: somebody may have removed an attribute by hand. */
const AGAIN = 300_000;

const fileOf = (instance: string): string => `${FOLDER}/told-${asName(instance)}.json`;

/**
 * Tell the cluster what changed since the last time, and nothing when nothing did: a healthy monitor starts no program.
 * Gives the sentences of what could not be told, which never fails an operation, and whether the state was told.
 */
export async function tell(instance: string, news: News, deadline: Deadline): Promise<{problems: string[]; told: boolean}> {
	const before = remembered(instance);
	const fresh = isFresh(before) ? before : undefined;
	const problems: string[] = [];
	if (!fresh || fresh.score !== news.score) {
		problems.push(...[await promotionScore(news.score, deadline)].filter(problem => problem !== undefined));
	}
	// A state that was not there the last time may be gone the next: it is told when it stays, and never in the middle of a failover.
	const settled = !fresh || fresh.state === news.state || fresh.coming === news.state;
	const told = settled && fresh?.state !== news.state;
	if (told) {
		problems.push(...[await nodeAttribute(news.attribute, news.state, deadline)].filter(problem => problem !== undefined));
	}
	const now: Told = {
		score: news.score,
		attribute: news.attribute,
		state: settled ? news.state : fresh.state,
		coming: settled ? undefined : news.state,
		time: fresh?.time ?? Date.now(),
		daemon: fresh ? fresh.daemon : daemonLife(),
	};
	if (problems.length === 0 && JSON.stringify(now) !== JSON.stringify(fresh)) {
		// Without memory everything is told again next time: slower, not wrong.
		keep(fileOf(instance), JSON.stringify(now));
	}
	if (news.answer && settled && problems.length === 0) {
		leave(instance, {...news.answer, seconds: (now.time + AGAIN - Date.now()) / 1000}, now.daemon);
	} else {
		withdraw(instance);
	}
	return {problems, told};
}

const isFresh = (told: Told | undefined): told is Told =>
	told !== undefined && Math.abs(Date.now() - told.time) < AGAIN && (told.daemon === undefined || alive(told.daemon));

/** Forget what was told of a state, by any instance: the next monitor looks for itself, and tells everything. */
export function forgetState(attribute: string): void {
	const instances = list(FOLDER).flatMap(name => /^told-(.+)\.json$/u.exec(name)?.[1] ?? []);
	instances.filter(instance => remembered(instance)?.attribute === attribute).forEach(forget);
}

/** Forget what was told: the next one tells everything. */
export function forget(instance: string): void {
	rmSync(at(fileOf(instance)), {force: true});
	withdraw(instance);
}

/** The score that was last told; nothing when none was, or nobody remembers. */
export const toldScore = (instance: string): number | undefined => remembered(instance)?.score;

function remembered(instance: string): Told | undefined {
	try {
		const told = JSON.parse(read(fileOf(instance)) ?? 'null') as Partial<Told> | null;
		return told && typeof told.time === 'number' && typeof told.state === 'string' && typeof told.attribute === 'string'
			? {
					score: told.score,
					attribute: told.attribute,
					state: told.state,
					coming: told.coming,
					time: told.time,
					daemon: told.daemon,
				}
			: undefined;
	} catch {
		return undefined;
	}
}

/** The running attribute daemon as `pid.starttime`, from /proc; nothing when there is none. */
function daemonLife(): string | undefined {
	const pid = list('/proc').find(name => /^\d+$/u.test(name) && read(`/proc/${name}/comm`) === 'pacemaker-attrd\n');
	return pid && `${pid}.${began(pid)}`;
}

const alive = (daemon: string): boolean => {
	const [pid = '', start] = daemon.split('.');
	return began(pid) === start;
};
