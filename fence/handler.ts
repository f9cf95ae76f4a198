import {deadlineOf} from '../lib/deadline.ts';
import {type Env, told} from '../lib/fence/environment.ts';
import {fencePeer, PATIENCE} from '../lib/fence/fence.ts';
import {journal} from '../lib/fence/journal.ts';
import {lock} from '../lib/fence/lock.ts';
import {type Options, options} from '../lib/fence/options.ts';
import type {Asking} from '../lib/fence/scene.ts';
import {trace} from '../lib/fence/trace.ts';
import {unfencePeer} from '../lib/fence/unfence.ts';
import {killAll} from '../lib/run.ts';

/** What each event runs. after-resync-target is where 8.4 lifts the constraint: it has no unfence-peer. */
const EVENTS: Record<string, (asking: Asking) => Promise<{code: number; why: string}>> = {
	'fence-peer': fencePeer,
	'unfence-peer': unfencePeer,
	'after-resync-target': unfencePeer,
};

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

async function handle(
	event: string,
	act: (asking: Asking) => Promise<{code: number; why: string}>,
	given: Options,
	env: Env,
): Promise<number> {
	const record = trace();
	const asked = told(env, given.resource);
	Object.assign(record.facts, {event, resource: asked.resource, peer: asked.peer ?? null});
	record.notes.push(...given.notes);
	let answer = {code: 1, why: 'DRBD_RESOURCE is not set and no --resource is given: nobody knows what this is about'};
	if (asked.resource) {
		answer = await locked(event, act, {told: asked, options: given, deadline: deadlineFor(given), trace: record});
	}
	Object.assign(record.facts, {code: answer.code, why: answer.why});
	if (given.dryRun) {
		process.stdout.write(`${answer.code}: ${answer.why}\n${record.line()}\n`);
	} else {
		await journal(`twinpool-${event}`, record.line());
	}
	return answer.code;
}

/** Everything that may be waited for, one after the other. */
function deadlineFor({timeout, dcTimeout, hickup, lockTimeout}: Options): ReturnType<typeof deadlineOf> {
	return deadlineOf(
		Math.min(LONGEST, ((timeout ?? PATIENCE.Primary) + 2 * dcTimeout + hickup + lockTimeout) * 1000 + 30_000),
		performance.now(),
	);
}

async function locked(
	event: string,
	act: (asking: Asking) => Promise<{code: number; why: string}>,
	asking: Asking,
): Promise<{code: number; why: string}> {
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
		if (lockRequired || event !== 'fence-peer') {
			return {code: 1, why: 'another handler of this resource runs for too long'};
		}
	}
	try {
		return await act(asking);
	} catch (error) {
		return {code: 1, why: `unexpected: ${error instanceof Error ? error.message : String(error)}`};
	} finally {
		release?.();
	}
}
