/** Where the seconds of a move went, from the journal of the node that took over. */
import {type Node, pool, resource} from './config.ts';
import {sh} from './ssh.ts';

export const stepNames = ['detection', 'STONITH', 'notify', 'promote', 'handler', 'import', 'total'] as const;
/** Seconds; the handler's are part of the promotion's, and what no step names is the cluster manager's own. */
export type Steps = Partial<Record<(typeof stepNames)[number], number>>;

interface Line {
	readonly at: number;
	readonly text: string;
}

/** How far a node's clock is ahead of the host's, in seconds. */
export async function clockOffset(node: Node): Promise<number> {
	const before = Date.now();
	const there = Number(await sh(node, 'date +%s.%N'));
	return there - (before + Date.now()) / 2000;
}

async function journal(node: Node, since: number): Promise<Line[]> {
	const text = await sh(node, `journalctl --quiet --no-pager --output short-unix --since @${Math.floor(since)}`);
	return text.split('\n').flatMap(line => {
		const [, at, rest] = /^(\d+\.\d+) (.*)$/u.exec(line) ?? [];
		return at && rest ? [{at: Number(at), text: rest}] : [];
	});
}

const result = (operation: string, id: string, node: Node): RegExp =>
	new RegExp(`Result of ${operation} operation for ${id} on ${node}: `, 'u');
const request = (operation: string, id: string, node: Node): RegExp =>
	new RegExp(`Requesting local execution of ${operation} operation for ${id} on ${node}`, 'u');

const patterns = (node: Node) => ({
	membership: /corosync.*(Members\[1\]|A new membership)/u,
	fence: /Requesting fencing \(|Requesting peer fencing/u,
	fenced: /Operation '(reboot|off)'.* (OK|complete)/iu,
	promote: request('promote', resource, node),
	promoted: result('promote', resource, node),
	handler: /helper command: \S+ fence-peer.*(?<!exit code.*)$/u,
	handled: /helper command: \S+ fence-peer \S+ exit code/u,
	start: request('start', pool, node),
	started: result('start', pool, node),
});

/** From the cut (host's clock, in seconds) to the first synced write. */
export async function steps(node: Node, cut: number, write: number): Promise<Steps> {
	const offset = await clockOffset(node);
	const lines = (await journal(node, cut + offset - 1)).filter(({at}) => at >= cut + offset - 0.5 && at <= write + offset + 1);
	const words = patterns(node);
	const first = (pattern: RegExp): number | undefined => lines.find(({text}) => pattern.test(text))?.at;
	const span = (from: number | undefined, to: number | undefined): number | undefined =>
		from === undefined || to === undefined ? undefined : to - from;
	const notifications = lines.filter(({text}) => request('notify', resource, node).test(text));
	const notified = lines.filter(({text}) => result('notify', resource, node).test(text));
	const notify = notifications.reduce((sum, {at}, index) => sum + (span(at, notified[index]?.at) ?? 0), 0);
	const values = {
		detection: span(cut + offset, first(words.membership)),
		STONITH: span(first(words.fence), first(words.fenced)),
		notify,
		promote: span(first(words.promote), first(words.promoted)),
		handler: span(first(words.handler), first(words.handled)),
		import: span(first(words.start), first(words.started)),
		total: write - cut,
	};
	return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
