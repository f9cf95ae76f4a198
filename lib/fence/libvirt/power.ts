import {StonithError} from '../codes.ts';
import {domainOf} from './domain.ts';
import {absent, deadline, type Guest, isUuid, milliseconds, pause, state, wrongName} from './guest.ts';
import {ask, destroy, look, type Reply, witness} from './link.ts';
import {type Course, delayed, followed, gone, spoken, type Verdict, verdict} from './proof.ts';
import {domain, type Step} from './script.ts';

/** Seconds, as the parameters have them. */
export interface Times {
	login: number;
	power: number;
	wait: number;
	between: number;
	/** How often a start is repeated. */
	again: number;
}

/** Between two looks, at the least. */
const SHORTEST = 100;

const limit = ({login, power}: Times): number => milliseconds(power) + login * 1000;
/** The UUID, which virsh tells of a name only. */
const uuid = (target: string): Step => ['uuid', isUuid(target) ? `echo ${target}` : domain('domuuid', target)];
const failed = (why: string): StonithError => new StonithError('power', why);

/** Whether the guest is on; nothing when the hypervisor does not have it. @throws {StonithError} when nobody can tell */
export async function status(guest: Guest, times: Times): Promise<{power: 'on' | 'off'; why: string} | undefined> {
	const {link, target, plug} = guest;
	let reply = await inTime(guest, ask(link, [state('state', target)], limit(times)));
	if (domainOf(reply.said['state'])?.power === 'off') {
		// The processes are looked at where they matter: a guest that runs is told in one short answer.
		reply = await witness(link, [state('state', target), uuid(target)], limit(times));
	}
	const now = domainOf(reply.said['state']);
	if (!now) {
		if (await absent(guest, limit(times))) {
			return undefined;
		}
		throw failed(`the state of guest "${plug}" cannot be told: ${reply.complaint}`);
	}
	if (now.power === 'on') {
		return {power: 'on', why: `${plug} is ${spoken(now)}`};
	}
	const {off: proved, why} = verdict({plug, now, uuid: reply.said['uuid'] ?? '', threads: reply.said['there']});
	if (!proved) {
		throw failed(why);
	}
	return {power: 'off', why};
}

/** Destroy the guest and prove it, for as long as there is time. Gives the proof; nothing when the hypervisor never had the guest. */
export async function off(guest: Guest, times: Times): Promise<string | undefined> {
	const {link, target} = guest;
	const end = deadline(times.power);
	const before: Step[] = [state('before', target), uuid(target)];
	const after: Step[] = [['destroy', domain('destroy', target)], state('after', target)];
	let course: Course = {seen: false, destroyed: false, uuid: ''};
	for (;;) {
		let reply = await inTime(guest, destroy(link, before, after, end.left() + times.login * 1000));
		course = followed(course, reply.said);
		if (times.wait > 0) {
			await pause(times.wait * 1000);
			reply = await witness(link, [state('after', target), uuid(target)], limit(times));
		}
		const judged = await judge(guest, course, reply, limit(times));
		if (!judged || judged.off) {
			return judged?.why;
		}
		if (end.left() <= times.between * 1000) {
			throw failed(judged.why);
		}
		await pause(Math.max(SHORTEST, times.between * 1000));
	}
}

/** What this look proves; nothing when there never was such a guest. */
async function judge(guest: Guest, course: Course, {said, complaint}: Reply, timeout: number): Promise<Verdict | undefined> {
	const {plug} = guest;
	if (said['gone'] !== undefined) {
		return {off: true, why: `${plug} is off: its process is gone`};
	}
	let now = domainOf(said['after']);
	if (!now && (await absent(guest, timeout))) {
		if (!course.seen) {
			return undefined;
		}
		now = gone(course);
	}
	return now
		? verdict({plug, now, uuid: course.uuid, threads: said['there']})
		: {off: false, why: `guest "${plug}" is not proved to be off: ${complaint}`};
}

/** While libvirt destroys a guest it answers nobody about it. What takes so long only the processes show. */
async function inTime({link, plug}: Guest, reply: Promise<Reply>): Promise<Reply> {
	try {
		return await reply;
	} catch (error) {
		const late = error instanceof StonithError && error.kind === 'late';
		const why = late ? delayed(plug, await look(link, milliseconds(link.loginTimeout))) : undefined;
		throw why === undefined ? error : failed(why);
	}
}

/** Start the guest, for as long as there is time. @throws {StonithError} when it does not come up */
export async function on(guest: Guest, times: Times): Promise<string> {
	const {link, target, plug} = guest;
	const end = deadline(times.power);
	for (let starts = 0; ; starts += 1) {
		const start: Step[] = starts <= times.again ? [['start', domain('start', target)]] : [];
		const reply = await ask(link, [...start, state('after', target)], end.left() + times.login * 1000);
		const now = domainOf(reply.said['after']);
		if (!now && (await absent(guest, limit(times)))) {
			throw wrongName(link, plug);
		}
		if (now && /^(running|idle)$/u.test(now.state)) {
			await pause(times.wait * 1000);
			return `${plug} is ${spoken(now)}`;
		}
		if (end.left() <= times.between * 1000) {
			throw failed(`guest "${plug}" is not running but ${now ? spoken(now) : 'not to be told'}: ${reply.complaint}`);
		}
		await pause(Math.max(SHORTEST, times.between * 1000));
	}
}
