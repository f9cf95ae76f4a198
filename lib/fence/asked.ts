import * as z from 'zod/mini';
import {parsed} from '../cluster/seen.ts';

/** A name that is one to drbdadm, and no option. */
export const RESOURCE = /^[A-Za-z\d][\w.-]{0,127}$/u;
const ID = z.string().check(z.regex(/^[\dA-F]{16}$/u));

/** What one host is asked about its side of a DRBD resource: to look, to give its data up for the peer's, or to serve as their source. */
export const REQUEST = z.object({
	ask: z.enum(['resource', 'discard', 'connect']),
	resource: z.string().check(z.regex(RESOURCE)),
	/** What was seen of this side before, one current identifier a volume: with anything else nothing is done. */
	expect: z.array(ID),
	/** Whether its data may go without a copy of it. */
	withoutCopy: z.boolean(),
	/** How long it may take, in milliseconds. */
	within: z.number().check(z.positive()),
});
export type ResourceRequest = z.infer<typeof REQUEST>;

const POOL = z.object({
	name: z.string(),
	txg: z.number(),
	/** The last transaction groups on it, oldest first: number, what its root points to, seconds since 1970. */
	trail: z.array(z.tuple([z.number(), z.string(), z.number()])),
});
export type PoolSeen = z.infer<typeof POOL>;

const VOLUME = z.object({
	volume: z.number(),
	minor: z.number(),
	/** DRBD's word for the disk; nothing where the resource is down. */
	disk: z.optional(z.string()),
	/** The device below DRBD; empty where it has none. */
	backing: z.string(),
	current: ID,
	bitmap: ID,
	history: z.array(ID),
	/** KiB that were written here and are not at the peer, where the kernel told. */
	written: z.optional(z.number()),
	/** The pool whose label is on it. */
	pool: z.optional(POOL),
	/** What a copy can be made of. */
	copy: z.optional(z.object({how: z.enum(['zvol', 'lv']), names: z.array(z.string())})),
});
export type VolumeSeen = z.infer<typeof VOLUME>;

const ANSWER = z.object({
	/** The host's own name. */
	host: z.string(),
	/** What it could not do, or found in the way; nothing when all is well. */
	why: z.optional(z.string()),
	/** Nothing where the resource is down. */
	role: z.optional(z.string()),
	connection: z.optional(z.string()),
	volumes: z.array(VOLUME),
	/** The pools on the resource that are imported here. */
	imported: z.array(z.string()),
	/** The snapshots that were taken of what it gave up. */
	copies: z.array(z.string()),
});
export type ResourceAnswer = z.infer<typeof ANSWER>;

/** @throws {Error} it is no answer of ours */
export function resourceAnswered(host: string, text: string): ResourceAnswer {
	const answer = parsed(ANSWER, text);
	if (!answer) {
		throw new Error(`${host} answered "${text.trim().split('\n')[0]?.slice(0, 120) ?? ''}": twinpool of the same version has to be there`);
	}
	return answer;
}

/** Of what the peer can be resynced from. */
export const SOURCES = ['UpToDate', 'Consistent', 'Outdated'];
