import {writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {stamp} from '../cluster/alarm.ts';
import {readCib} from '../cluster/cib.ts';
import {type Moved, operations} from '../cluster/preflight.ts';
import {deadlineOf} from '../deadline.ts';
import {lastWord} from '../lifecycle.ts';
import {type Argv, run} from '../run.ts';
import {type Drill, html, type Leg} from './drill-report.ts';
import {afterwards, LOOK, lacking} from './drill-subject.ts';
import {ASKED, command, until} from './drill-wait.ts';
import {longestGap, Writers} from './drill-writers.ts';
import {plain} from './plain.ts';

/** How long the pool may take to be written to elsewhere, and the replication to be whole again, in milliseconds. */
const ELSEWHERE = 600_000;
const WHOLE = 3_600_000;
/** How long a host may take to be reached and to begin. */
const BEGINS = 60_000;
/** How long is written before anything is done, in milliseconds. */
const BEFORE = 2000;
const PACE = 50;
/** The constraint of a move ends by itself, should nobody be left to take it away. */
const LIFETIME = 'PT30M';

export interface Wanted {
	pool: string;
	/** Nothing: all of the pool, or the volume. */
	dataset?: string | undefined;
	power: boolean;
	check: boolean;
	yes: boolean;
	json: boolean;
	output: string;
}

interface Stage {
	wanted: Wanted;
	moved: Moved;
	writers: Writers;
	signal: AbortSignal;
	mark(text: string): number;
}

/** Play it, and write it down. @throws {Error} it did not come to its end: the pool is where it is, and no constraint of ours is left */
export async function play(wanted: Wanted, moved: Moved, me: string): Promise<{drill: Drill; files: string[]}> {
	const {pool, power, output} = wanted;
	const {holder = '', other = '', resource, shared} = moved;
	const dataset = wanted.dataset ?? (shared ? `localhost:/${pool}` : pool);
	// What both have is written on the one that stays.
	const first = shared ? other : holder;
	const began = new Date();
	const set = stamp(began);
	const stop = new AbortController();
	const writers = new Writers();
	const marks: Drill['marks'] = [];
	const mark = (text: string): number => {
		const at = writers.now();
		marks.push({at, text});
		process.stderr.write(`${(at / 1000).toFixed(1).padStart(7)} s  ${plain(text)}\n`);
		return at;
	};
	const told = (): void => stop.abort(new Error('it was interrupted'));
	const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
	for (const signal of signals) {
		process.on(signal, told);
	}
	const stage = {wanted, moved, writers, signal: stop.signal, mark};
	const legs: Leg[] = [];
	try {
		const attend = (host: string): void =>
			writers.attend(host, host === me ? undefined : host, {ask: 'beats', dataset, drill: set, first: host === first, pace: PACE});
		for (const host of shared ? [first] : [holder, other]) {
			attend(host);
		}
		const silence = (host: string): string => (writers.silent.has(host) ? ` (${writers.silent.get(host)})` : '');
		await until(
			() => `${first} writes to ${dataset}${silence(first)}`,
			BEGINS,
			stop.signal,
			() => writers.acknowledged.length > 0,
		);
		await sleep(BEFORE, undefined, {signal: stop.signal});
		if (power) {
			legs.push(await leg(stage, holder, other));
			if (shared) {
				// What came back has to see all of it, by its own mount.
				await writers.halt(other);
				attend(holder);
				await until(
					() => `${holder} goes on behind the last record${silence(holder)}`,
					ELSEWHERE,
					stop.signal,
					() => writers.continued.has(holder),
				);
				mark(`${holder} has the records, too`);
			}
		} else {
			legs.push(await leg(stage, holder, other));
			legs.push(await leg(stage, other, holder));
		}
	} finally {
		if (!power) {
			await cleared(resource, mark);
		}
		await writers.end(5000);
		for (const signal of signals) {
			process.removeListener(signal, told);
		}
	}
	const {cib, after} = await afterwards(pool, me);
	const result: Drill = {
		pool,
		resource,
		began: began.toISOString(),
		legs,
		records: writers.acknowledged.length,
		lost: writers.lost,
		after,
		operations: operations(cib, began.getTime()),
		marks,
	};
	const files = ['html', 'json'].map(kind => `${output}/drill-${pool}-${set}.${kind}`);
	const texts = [html(result, writers.acknowledged, [holder, other]), `${JSON.stringify(result, undefined, '\t')}\n`];
	for (const [index, file] of files.entries()) {
		// A new one: not through what somebody may have put there.
		writeFileSync(file, texts[index] ?? '', {flag: 'wx'});
	}
	return {drill: result, files};
}

/** Whatever happened: no constraint of ours stays. */
async function cleared(resource: string, mark: (text: string) => number): Promise<void> {
	const argv: Argv = ['crm_resource', '--clear', '--resource', resource];
	const why = await run(argv, {timeout: LOOK}).then(
		result => (result.exit === 0 ? undefined : lastWord(result)),
		(error: unknown) => String(error),
	);
	mark(why === undefined ? 'the constraint of the move was taken away' : `${why}: "${argv.join(' ')}" is left to you`);
}

/** One way: asked for, written elsewhere, and the replication whole again. */
async function leg({wanted: {pool, power}, moved, writers, signal, mark}: Stage, from: string, to: string): Promise<Leg> {
	const asked = mark(power ? `${from} is fenced` : `${moved.resource} is moved from ${from} to ${to}`);
	const argv: Argv = power
		? ['stonith_admin', '--reboot', from, '--timeout', '300']
		: ['crm_resource', '--move', '--resource', moved.resource, '--node', to, '--lifetime', LIFETIME];
	await command(argv, ELSEWHERE, signal);
	const done = writers.now();
	await until(
		() => `${to} writes`,
		ELSEWHERE,
		signal,
		() => {
			const last = writers.acknowledged.at(-1);
			return last !== undefined && last.host === to && last.at > done;
		},
	);
	const written = mark(`${to} writes`);
	await sleep(BEFORE, undefined, {signal});
	if (power) {
		const back = async (): Promise<boolean> => {
			const cib = await readCib(deadlineOf(LOOK, performance.now())).catch(() => undefined);
			return cib?.nodes.some(({name, membership}) => name === from && membership === 'member') ?? false;
		};
		await until(() => `${from} is back`, WHOLE, signal, back, ASKED);
		mark(`${from} is a member again`);
	} else {
		await command(['crm_resource', '--wait', '--timeout', `${ELSEWHERE / 1000}s`], ELSEWHERE, signal);
	}
	const replicated = async (): Promise<boolean> => {
		const deadline = deadlineOf(LOOK, performance.now());
		const cib = await readCib(deadline).catch(() => undefined);
		return cib !== undefined && (await lacking(pool, moved, cib, deadline).catch(() => ['unknown'])).length === 0;
	};
	await until(() => 'the replication is whole', WHOLE, signal, replicated, ASKED);
	const whole = mark('the replication is whole');
	return {from, to, how: power ? 'power' : 'move', asked, gap: longestGap(writers.acknowledged, asked, written), whole};
}
