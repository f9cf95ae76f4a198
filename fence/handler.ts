import {deadlineOf} from '../lib/deadline.ts';
import {type Env, told} from '../lib/fence/environment.ts';
import {fencePeer, PATIENCE} from '../lib/fence/fence.ts';
import {journal} from '../lib/fence/journal.ts';
import {lock} from '../lib/fence/lock.ts';
import {type Options, options} from '../lib/fence/options.ts';
import type {Asking} from '../lib/fence/scene.ts';
import {type Outcome, trace} from '../lib/fence/trace.ts';
import {unfencePeer} from '../lib/fence/unfence.ts';
import {killAll} from '../lib/run.ts';

/** What an event runs. */
interface Event {
	act(asking: Asking): Promise<Outcome>;
	/** It handles the constraint, one handler of a resource at a time: lifting one needs the lock, placing one is safe without. */
	constraint?: 'place' | 'lift';
	/** Seconds that it may take in all, where it does not handle the constraint. */
	seconds?: number;
	/** What follows it, whatever came of it. */
	afterwards?(asking: Asking): Promise<void>;
	/** What is answered when nothing could be done; 1 where not said. */
	failed?(given: Options): number;
}

/** DRBD waits for these, and so does its I/O: they tell what they can in this time, in seconds. Their exit code is not read. */
const REPORT = {seconds: 15, failed: () => 0};
/** The resync waits for it, and with it the service's writes. */
const SNAPSHOT = 20;

const resynced = async (asking: Asking): Promise<void> => (await import('../lib/fence/resynced.ts')).resynced(asking);

/** Only fencing is in a hurry: the rest is imported late. */
export const EVENTS: Record<string, Event> = {
	'fence-peer': {act: fencePeer, constraint: 'place'},
	'unfence-peer': {act: unfencePeer, constraint: 'lift', afterwards: resynced},
	/** Called before the source has heard that the resync is over (8.4: it hears when this has ended; seen): what this node believes may be old. */
	'after-resync-target': {
		act: () => Promise.resolve({code: 0, why: 'the constraint is for where the resync came from to lift'}),
		afterwards: resynced,
	},
	'before-resync-target': {
		act: async asking => {
			const [{beforeResync}, {forbid}] = await Promise.all([import('../lib/fence/resync.ts'), import('../lib/fence/behind.ts')]);
			const [outcome] = await Promise.all([beforeResync(asking), forbid(asking)]);
			return outcome;
		},
		seconds: SNAPSHOT,
		failed: ({disconnectOnError}) => (disconnectOnError ? 1 : 0),
	},
	'initial-split-brain': {act: async asking => (await import('../lib/fence/splitbrain.ts')).initialSplitBrain(asking), ...REPORT},
	'split-brain': {act: async asking => (await import('../lib/fence/splitbrain.ts')).splitBrain(asking), ...REPORT},
	'out-of-sync': {act: async asking => (await import('../lib/fence/report.ts')).outOfSyncFound(asking), ...REPORT},
	'local-io-error': {act: async asking => (await import('../lib/fence/report.ts')).localIoError(asking), ...REPORT},
	'pri-on-incon-degr': {act: async asking => (await import('../lib/fence/report.ts')).primaryOnInconsistent(asking), ...REPORT},
	'pri-lost-after-sb': {act: async asking => (await import('../lib/fence/report.ts')).primaryLost(asking), ...REPORT},
	'quorum-lost': {act: async asking => (await import('../lib/fence/report.ts')).quorumLost(asking), ...REPORT},
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** drbdadm ends a handler after 600 s; an answer given before is worth more. */
const LONGEST = 540_000;

/**
 * One run of a DRBD handler: `name` is the program's (twinpool-EVENT), else the first argument is the event.
 * Gives the exit code, and has said why in the journal.
 */
export async function main(name: string, argv: readonly string[], env: Env): Promise<number> {
	const byName = /^twinpool-(.+?)(\.c?js)?$/u.exec(name)?.[1] ?? '';
	const named = byName !== '' && byName !== 'handler';
	const event = named ? byName : (argv[0] ?? '');
	const given = options(named ? argv : argv.slice(1));
	const act = Object.hasOwn(EVENTS, event) ? EVENTS[event] : undefined;
	if (!act || given.help) {
		(given.help ? process.stdout : process.stderr).write(
			`usage: twinpool-EVENT [--timeout S] [--dc-timeout S] [--dry-run] ..., EVENT one of ${Object.keys(EVENTS).join(', ')}${event ? `, not "${event}"` : ''}\n`,
		);
		return given.help ? 0 : 1;
	}
	try {
		return await handle(event, act, given, env);
	} finally {
		// A question that nobody waits for any more.
		killAll();
	}
}

async function handle(name: string, event: Event, given: Options, env: Env): Promise<number> {
	const record = trace();
	const asked = told(env, given.resource);
	Object.assign(record.facts, {event: name, resource: asked.resource, peer: asked.peer ?? null});
	record.notes.push(...given.notes);
	const failed = event.failed?.(given) ?? 1;
	let answer = {code: failed, why: 'DRBD_RESOURCE is not set and no --resource is given: nobody knows what this is about'};
	if (asked.resource) {
		const asking = {told: asked, options: given, deadline: deadlineFor(event, given), trace: record};
		answer = await (event.constraint ? locked(event, asking) : event.act(asking)).catch((error: unknown) => ({
			code: failed,
			why: `unexpected: ${reasonOf(error)}`,
		}));
		await event.afterwards?.(asking).catch((error: unknown) => record.notes.push(`unexpected: ${reasonOf(error)}`));
	}
	Object.assign(record.facts, {code: answer.code, why: answer.why});
	if (given.dryRun) {
		process.stdout.write(`${answer.code}: ${answer.why}\n${record.line()}\n`);
	} else {
		await journal(`twinpool-${name}`, record.line());
	}
	return answer.code;
}

/** Everything that may be waited for, one after the other. */
function deadlineFor({constraint, seconds}: Event, given: Options): ReturnType<typeof deadlineOf> {
	const {timeout, dcTimeout, hickup, lockTimeout} = given;
	const all = constraint
		? ((timeout ?? PATIENCE.Primary) + 2 * dcTimeout + hickup + lockTimeout) * 1000 + 30_000
		: (timeout ?? seconds ?? SNAPSHOT) * 1000;
	return deadlineOf(Math.min(LONGEST, all), performance.now());
}

async function locked({act, constraint}: Event, asking: Asking): Promise<Outcome> {
	const {
		told: {resource},
		options: {lockTimeout, lockRequired, dryRun},
		trace: {notes},
	} = asking;
	if (dryRun) {
		return act(asking);
	}
	const release = await lock(resource, lockTimeout * 1000);
	if (!release) {
		notes.push('the lock of this resource could not be had');
		// Placing a constraint is safe without the lock, lifting one is not.
		if (lockRequired || constraint === 'lift') {
			return {code: 1, why: 'another handler of this resource runs for too long'};
		}
	}
	try {
		return await act(asking);
	} finally {
		release?.();
	}
}
