/** The storage link of a mirror cut and joined, and what a writer saw of it. */
import {holder, settled} from './cluster.ts';
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
	await until('the mirror is whole', limits.return, async () => (await resilvering()) || settled(), 200);
	await writer.attendAll();
	await writer.first(Date.now(), 60, node);
	const at = Date.now();
	await cut(other(node), 'storage');
	await said(node, '"words":"none ', 60);
	await writer.first(Date.now(), 60, node);
	const stalled = longest(writer, at);
	if (more > 0) {
		await sh(node, `dd if=/dev/urandom of=/tank/more bs=1M count=${more} conv=fsync status=none`);
	}
	await join(other(node), 'storage');
	const joined = Date.now();
	return {stalled, whole: more > 0 ? 0 : await untilWhole(joined)};
}

/** What the leg's keeper says, waited for by the node's own shell: questions by ssh would take a third of its only processor. */
const said = (node: Node, words: string, limit: number): Promise<string> =>
	sh(node, `until [[ $(</run/twinpool/leg-tank.seen) == *'${words}'* ]]; do sleep 0.2; done`, limit);

/** Seconds until the leg has everything, by its keeper; and the lease says so too. */
export async function untilWhole(from: number): Promise<number> {
	const node = await until('the pool on a node', 60, holder);
	await said(node, '"says":"the leg has everything"', limits.return);
	const took = (Date.now() - from) / 1000;
	await until('the leg has everything again', limits.return, mirrored, 500);
	return took;
}

export const imported = async (node: Node): Promise<boolean> => (await ask(node, 'zpool list -H tank', 60)).exit === 0;
