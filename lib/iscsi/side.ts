import * as z from 'zod/mini';
import {parsed} from '../cluster/seen.ts';
import type {Deadline} from '../deadline.ts';
import {read} from '../host.ts';
import {POOL, poolState} from '../vdev/pool.ts';
import {localHalves} from './halves.ts';

/** What one host is asked about the halves of a mirror on its own disks. */
const REQUEST = z.object({
	ask: z.literal('halves'),
	pool: z.string().check(z.regex(POOL)),
	/** How long it may take, in milliseconds. */
	within: z.number().check(z.positive()),
});
export type HalvesRequest = z.infer<typeof REQUEST>;

const HALF = z.object({
	guid: z.string(),
	/** Where it shows on its host. */
	path: z.string(),
	poolGuid: z.string(),
	/** The newest transaction group on it. */
	txg: z.number(),
	/** The last groups, oldest first: number, what its root points to, seconds since 1970. */
	trail: z.array(z.tuple([z.number(), z.string(), z.number()])),
});
export type HalfSeen = z.infer<typeof HALF>;

const ANSWER = z.object({
	/** The host's own name. */
	host: z.string(),
	/** What it could not do; nothing when all is well. */
	why: z.optional(z.string()),
	/** Whether the pool is imported here. */
	imported: z.boolean(),
	halves: z.array(HALF),
});
export type HalvesAnswer = z.infer<typeof ANSWER>;

/** @throws {Error} it is no answer of ours */
export function halvesAnswered(host: string, text: string): HalvesAnswer {
	const answer = parsed(ANSWER, text);
	if (!answer) {
		throw new Error(`${host} answered "${text.trim().split('\n')[0]?.slice(0, 120) ?? ''}": twinpool of the same version has to be there`);
	}
	return answer;
}

/** Answer a request about the halves on this host's own disks: each host reads its own, as a leg may be out of reach. */
export async function halvesReply(asked: unknown, limit: Deadline): Promise<HalvesAnswer> {
	const host = read('/proc/sys/kernel/hostname')?.trim() ?? '';
	const {success, data: request} = REQUEST.safeParse(asked);
	if (!success) {
		return {host, why: 'this is no request of twinpool', imported: false, halves: []};
	}
	const found = await localHalves(request.pool, limit.within(request.within));
	const halves = found.map(({path, label: {guid, poolGuid, activity}}) => {
		const groups = [...activity.trail].map(([txg, root]): [number, string, number] => [txg, root, activity.times.get(txg) ?? 0]);
		return {guid, path, poolGuid, txg: activity.txg, trail: groups.sort(([one], [other]) => one - other)};
	});
	return {host, imported: poolState(request.pool) !== undefined, halves};
}
