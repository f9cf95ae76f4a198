import {at} from '../host.ts';
import {lastWord} from '../lifecycle.ts';
import {run} from '../run.ts';
import {type Delivery, runnable, unanswered} from './delivery.ts';
import type {Message} from './message.ts';

/** Run it without a shell: the facts are in its environment, all of it as JSON on its standard input. */
export async function script(message: Message, path: string, timeout: number): Promise<Delivery> {
	const missing = runnable(path, 'give the absolute path of a program that is there on every node');
	if (missing) {
		return {why: missing, again: false};
	}
	const {id, kind, cluster, node, resource, subject, time, text} = message;
	const env = Object.fromEntries(
		Object.entries({id, kind, cluster, node, resource, subject, time, text}).map(([name, value]) => [
			`TWINPOOL_ALERT_${name.toUpperCase()}`,
			value,
		]),
	);
	try {
		const result = await run([at(path)], {timeout, env, input: `${JSON.stringify(message)}\n`});
		return result.exit === 0 ? 'done' : {why: lastWord({...result, argv: [path]}), again: true};
	} catch (error) {
		return unanswered(error);
	}
}
