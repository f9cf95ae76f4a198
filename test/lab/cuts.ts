/** The storage link of a mirror cut and joined, and what a writer saw of it. */
import {holder} from './cluster.ts';
import {type Node, other} from './config.ts';
import {cut, join} from './links.ts';
import {legSeen, mirrored} from './mirror.ts';
import {limits} from './round.ts';
import {ask, sh} from './ssh.ts';
import {until} from './wait.ts';
import type {Writer} from './writer.ts';

/** Seconds: the longest between two acknowledged writes since a moment. */
export function longest(writer: Writer, since: number): number {
	const from = writer.acknowledged.findLastIndex(({at}) => at < since);
	const times = writer.acknowledged.slice(Math.max(0, from)).map(({at}) => at);
	return Math.max(0, ...times.slice(1).map((at, index) => at - (times[index] ?? at))) / 1000;
}

export interface Cut {
	readonly stalled: number;
	readonly whole: number;
}

/**
 * The storage link cut until the pool goes on without its leg, and joined again. `more` is written meanwhile, in MiB, so that there is
 * something to resilver; `during`: the cut comes while that goes on.
 */
export async function linkCut(writer: Writer, {more = 0, during = false} = {}): Promise<Cut> {
	const node = await until('the pool on a node', 60, holder);
	const resilvering = async (): Promise<boolean> => during && /resilvering/u.test((await legSeen(node))?.says ?? '');
	await until('the mirror is whole', limits.return, async () => (await resilvering()) || mirrored(), 200);
	await writer.attendAll();
	await writer.first(Date.now(), 60, node);
	const at = Date.now();
	await cut(other(node), 'storage');
	await until('the leg let go', 60, async () => /^none /u.test((await legSeen(node))?.words ?? ''), 200);
	await writer.first(Date.now(), 60, node);
	const stalled = longest(writer, at);
	if (more > 0) {
		await sh(node, `dd if=/dev/urandom of=/tank/more bs=1M count=${more} conv=fsync status=none`);
	}
	await join(other(node), 'storage');
	const joined = Date.now();
	return {stalled, whole: more > 0 ? 0 : await untilWhole(joined)};
}

export async function untilWhole(from: number): Promise<number> {
	await until('the leg has everything again', limits.return, mirrored, 250);
	return (Date.now() - from) / 1000;
}

export const imported = async (node: Node): Promise<boolean> => (await ask(node, 'zpool list -H tank', 60)).exit === 0;
