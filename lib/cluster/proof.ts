import * as z from 'zod/mini';
import {keep, read} from '../host.ts';
import {uptime} from './answer.ts';

/** A proof is good for the next program of the same failover, in seconds. */
const GOOD_FOR = 15;
const FILE = '/run/twinpool/down.json';
const PROOF = z.object({until: z.number(), nodes: z.record(z.string(), z.string())});

/** Leave word that these nodes are down, each with why. */
export function leaveProof(nodes: Record<string, string>): void {
	// Without it the next one asks for itself.
	keep(FILE, JSON.stringify({until: uptime() + GOOD_FOR, nodes}));
}

/** Why this node was known to be down a moment ago; nothing where nobody left word of it since. */
export function proof(node: string): string | undefined {
	try {
		const {until, nodes} = PROOF.parse(JSON.parse(read(FILE) ?? ''));
		const now = uptime();
		return now < until && now > until - GOOD_FOR - 1 && Object.hasOwn(nodes, node) ? nodes[node] : undefined;
	} catch {
		return undefined;
	}
}
