import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import {lastWord, type Outcome} from '../lifecycle.ts';
import {type Argv, run, ToolError} from '../run.ts';
import {type Facts, left} from './look.ts';
import {alive, isLocal, pull, stuck} from './process.ts';
import {active, type Guest, named} from './states.ts';
import {some, type Task} from './task.ts';
import {define, destroy, shutdown, start} from './virsh.ts';

/** How often one guest is tried before the others go on without it. */
const TRIES = 3;
/** The longest that one command is waited for, in milliseconds. */
const LONGEST = {ask: 15_000, destroy: 30_000, start: 120_000};
/** What is kept of the deadline for another look: milliseconds, and the share. On a slow host virsh alone took over a second. */
const LOOK = {least: 1000, share: 0.2};
const APART = 100;

const patience = (deadline: Deadline, most: number): number => {
	const time = deadline.left();
	return Math.max(1, Math.min(most, time - Math.max(LOOK.least, time * LOOK.share)));
};

/** Run it; what went wrong as a sentence, or nothing. */
async function attempt(argv: Argv, timeout: number): Promise<string | undefined> {
	try {
		const result = await run(argv, {timeout});
		return result.exit === 0 ? undefined : lastWord(result);
	} catch (error) {
		if (error instanceof ToolError) {
			return error.message;
		}
		throw error;
	}
}

/** One verb for every guest that it is due for, some at a time. */
export function act(verb: string, task: Task, facts: Facts, deadline: Deadline): Promise<Outcome> {
	switch (verb) {
		case 'define':
			return all(
				task,
				facts.guests.filter(({word}) => word === 'absent'),
				guest => defineOne(task, guest, deadline),
			);
		case 'start':
			return all(task, next(task, facts.guests), guest => startOne(task, guest, deadline));
		case 'shutdown':
			return all(
				task,
				facts.guests.filter(({word}) => word === 'running' || word === 'idle'),
				guest => shutdownOne(task, facts, guest, deadline),
			);
		default:
			return all(
				task,
				facts.guests.filter(guest => doomed(task, guest)),
				guest => destroyOne(task, facts, guest, deadline),
			);
	}
}

async function all({parallel}: Task, guests: readonly Guest[], work: (guest: Guest) => Promise<string | undefined>): Promise<Outcome> {
	const wrong = new Map<Guest, string>();
	await some(guests, parallel, async guest => {
		const why = await work(guest);
		if (why !== undefined) {
			wrong.set(guest, why);
		}
	});
	return wrong.size === 0 ? {done: true} : {again: `${named([...wrong.keys()], 60)}: ${[...wrong.values()][0]}`};
}

/** Those of the lowest order that are still off: the next order begins when these run. */
function next({members}: Task, guests: readonly Guest[]): Guest[] {
	const off = guests.filter(({word}) => word === 'shut off');
	const order = (guest: Guest): number => members.find(({uuid}) => uuid === guest.uuid)?.order ?? Number.POSITIVE_INFINITY;
	const first = Math.min(...off.map(order));
	return off.filter(guest => order(guest) === first);
}

/** One guest that cannot be helped must not keep the others from running: after some tries it is left out, and named at the end. */
function tried({memory, log}: Task, {uuid, name}: Guest, why: string | undefined): string | undefined {
	if (why !== undefined) {
		const count = (memory.tries.get(uuid) ?? 0) + 1;
		memory.tries.set(uuid, count);
		log(`${name}: ${why}`);
		if (count >= TRIES) {
			memory.failed.set(uuid, why);
		}
	}
	return why;
}

async function defineOne(task: Task, guest: Guest, deadline: Deadline): Promise<string | undefined> {
	const file = task.members.find(({uuid}) => uuid === guest.uuid)?.file ?? '';
	const why = tried(task, guest, await attempt(define(task.uri, file), patience(deadline, LONGEST.ask)));
	if (why === undefined) {
		task.memory.defined.add(guest.uuid);
	}
	return why;
}

const startOne = async (task: Task, guest: Guest, deadline: Deadline): Promise<string | undefined> =>
	tried(task, guest, await attempt(start(task.uri, guest.uuid), patience(deadline, LONGEST.start)));

/** Asked once: a guest that does not hear it the first time does not hear it the second time. A libvirtd that is away may come back. */
async function shutdownOne(
	{uri, memory, log}: Task,
	{silent}: Facts,
	{uuid, name}: Guest,
	deadline: Deadline,
): Promise<string | undefined> {
	if (silent !== undefined) {
		return silent;
	}
	memory.asked.add(uuid);
	const why = await attempt(shutdown(uri, uuid), patience(deadline, LONGEST.ask));
	if (why !== undefined) {
		log(`${name} could not be asked to shut down: ${why}`);
	}
	return undefined;
}

/** Before the time of asking is over only those that cannot hear it. */
const doomed = (task: Task, {word}: Guest): boolean =>
	active(word) && (task.now() || !(word === 'running' || word === 'idle' || word === 'in shutdown'));

/**
 * libvirt pulls the plug, gently at first: qemu may write its caches. Where the process can be seen, it is killed when it is
 * still there after the grace, or when libvirt cannot be asked.
 */
async function destroyOne(task: Task, {silent}: Facts, guest: Guest, deadline: Deadline): Promise<string | undefined> {
	const {uri, memory, grace, log} = task;
	const {uuid, name} = guest;
	const timeout = patience(deadline, LONGEST.destroy);
	const end = deadline.within(timeout);
	const processes = memory.processes.get(uuid) ?? [];
	let why = silent;
	const kill = async (after: number): Promise<void> => {
		const begin = end.within(after);
		while (processes.some(alive) && begin.left() > 0) {
			await sleep(Math.min(APART, begin.left()));
		}
		if (processes.some(alive)) {
			log(`${name}: SIGKILL to ${processes.map(({pid}) => pid).join(', ')}`);
			processes.forEach(pull);
		}
	};
	if (silent === undefined) {
		[why] = await Promise.all([attempt(destroy(uri, uuid), timeout), isLocal(uri) ? kill(grace) : undefined]);
	} else {
		await kill(0);
		while (processes.some(alive) && end.left() > APART) {
			await sleep(APART);
		}
		why = left(task, uuid) ? silent : undefined;
	}
	const held = processes.filter(alive).some(stuck) ? 'its process is stuck in the kernel (state D)' : undefined;
	const victim = memory.victims.get(uuid);
	if (victim && (held ?? why) !== undefined) {
		victim.why = held ?? why ?? '';
	} else if (victim) {
		victim.done = performance.now();
	}
	return held ?? why;
}
