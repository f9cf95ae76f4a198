import type {Deadline} from '../deadline.ts';
import {ERROR, journal} from '../fence/journal.ts';
import {hold} from '../fence/lock.ts';
import {clusterName, markTold, toldByAnyone} from './cluster.ts';
import {type Delivery, persist} from './delivery.ts';
import type {Event} from './event.ts';
import type {Kind} from './kinds.ts';
import {mail} from './mail.ts';
import {folder, memoryFile, recall, remember} from './memory.ts';
import {type Message, messageOf} from './message.ts';
import {after, judge, type Memory, NOTHING} from './once.ts';
import type {Target} from './recipient.ts';
import {script} from './script.ts';
import {webhook} from './webhook.ts';
import {clean} from './words.ts';

/** One call: who is to be told, and how. */
export interface Call {
	program: string;
	version: string;
	options: {tell: readonly Kind[]; cluster: string; mail_from: string; secret_file: string};
	/** As it was configured. */
	recipient: string;
	target: Target;
	deadline: Deadline;
}

/** One line in the journal and on standard error. */
export async function complain(program: string, why: string): Promise<void> {
	const line = clean(why, 1000);
	if (await journal(program, line, ERROR)) {
		process.stderr.write(`${program}: ${line}\n`);
	}
}

/** Tell the recipient of the event, unless he was told: the exit code. */
export async function once(call: Call, event: Event): Promise<number> {
	const {program, recipient, deadline} = call;
	const place = folder();
	if ('why' in place) {
		await journal(program, `it is not remembered what was told: ${place.why}`);
		return await tell(call, event, NOTHING);
	}
	const file = memoryFile(place.path, recipient, event.key);
	// Both nodes' values come at once, in a process each. Who waits in vain tells: twice is better than never.
	const release = await hold(`${file}.lock`, deadline.left() / 2);
	try {
		return await decide(call, event, file);
	} finally {
		release?.();
	}
}

async function decide(call: Call, event: Event, file: string): Promise<number> {
	const {program, recipient, deadline} = call;
	const memory = recall(file);
	const now = Date.now();
	let verdict = judge(event, memory, now);
	if (verdict === 'news' && (await toldByAnyone(event, recipient, deadline))) {
		verdict = 'elsewhere';
	}
	if (verdict === 'news') {
		const code = await tell(call, event, memory);
		if (code !== 0) {
			return code;
		}
	}
	const next = after(event, memory, verdict, now);
	const problem = next === memory ? undefined : remember(file, next);
	if (problem) {
		await journal(program, problem);
	}
	if (verdict !== 'elsewhere') {
		await markTold(event, recipient, deadline);
	}
	return 0;
}

/** Tell, and say in the journal how it went. */
async function tell(call: Call, event: Event, {more}: Memory): Promise<number> {
	if (event.identity === undefined) {
		return 0;
	}
	const {program, target} = call;
	const delivery = await deliver(call, event, more);
	if (delivery === 'done') {
		const {kind, node, resource, what} = event;
		await journal(program, JSON.stringify({told: target.name, kind, node, resource, what}));
		return 0;
	}
	await complain(program, `not told to ${target.name}: ${event.what}: ${delivery.why}`);
	return 1;
}

export async function deliver(call: Call, event: Event, more = 0): Promise<Delivery> {
	const {options, deadline} = call;
	const message = messageOf(event, options.cluster || (await clusterName(deadline)), more);
	return await persist(timeout => send(call, message, timeout), deadline);
}

function send({target, options, program, version}: Call, message: Message, timeout: number): Promise<Delivery> {
	switch (target.how) {
		case 'mail':
			return mail(message, target.to, options.mail_from, timeout);
		case 'webhook':
			return webhook(message, {...target, secretFile: options.secret_file, agent: `${program}/${version}`}, timeout);
		default:
			return script(message, target.path, timeout);
	}
}
