import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import * as z from 'zod/mini';
import {at, read} from '../host.ts';
import {uptime} from './answer.ts';

/** A proof is good for the next program of the same failover, in seconds. */
const GOOD_FOR = 15;
const FILE = '/run/twinpool/down.json';
const PROOF = z.object({until: z.number(), nodes: z.record(z.string(), z.string())});

/** Leave word that these nodes are down, each with why. */
export function leaveProof(nodes: Record<string, string>): void {
	const until = uptime() + GOOD_FOR;
	try {
		mkdirSync(at('/run/twinpool'), {recursive: true, mode: 0o700});
		writeFileSync(at(`${FILE}.new`), JSON.stringify({until, nodes}), {mode: 0o600});
		renameSync(at(`${FILE}.new`), at(FILE));
	} catch {
		// The next one asks for itself.
	}
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
