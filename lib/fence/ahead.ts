import {existsSync, rmSync} from 'node:fs';
import {plain, uptime} from '../cluster/answer.ts';
import {type Cib, nodeNamed, type Runner} from '../cluster/cib.ts';
import type {Deadline} from '../deadline.ts';
import {at, keep} from '../host.ts';
import {run} from '../run.ts';
import {FENCE} from './codes.ts';
import {unasked} from './environment.ts';
import {fencePeer, takeBack} from './fence.ts';
import {journal} from './journal.ts';
import {identity, lock} from './lock.ts';
import {options} from './options.ts';
import {trace} from './trace.ts';

/** A promotion that DRBD will not let through before fence-peer has answered. */
export interface Promotion {
	resource: string;
	minors: number[];
	/** This node, by the cluster's name. */
	me: string;
	cib: Promise<Cib>;
	deadline: Deadline;
	/** Starts what is asked of the cluster; another one where there is none to ask. */
	start?: Runner;
}

/** The answer is ready: to be called when DRBD is through, with whether it took the peer for fenced. */
export type Ahead = (fenced: boolean) => Promise<void>;

/** An answer is good for the promotion that worked it out, while it lives, and no longer than this, in seconds. */
const GOOD_FOR = 30;

/**
 * Work out what fence-peer will be asked, by the same table and with the same constraint, before the kernel asks it: the handler
 * then has its answer in a file and starts no program while the kernel holds the resource (lib/launch.sh). Only where the answer
 * is yes and at hand, in a cluster of two; everything else is left to the handler.
 */
export async function workOut({resource, minors, me, cib, deadline, start = run}: Promotion): Promise<Ahead | undefined> {
	const seen = await cib;
	const others = seen.nodes.filter(node => node !== nodeNamed(seen, me));
	const [peer] = others;
	const release = plain(resource) && others.length === 1 && peer ? await lock(resource, 0) : undefined;
	if (!(peer && release)) {
		release?.();
		return undefined;
	}
	const record = trace(start);
	const asking = {
		told: unasked(resource, minors, peer.name),
		me,
		// Waiting is the handler's.
		options: {...options([]), timeout: 0},
		deadline: deadline.within(GOOD_FOR * 500),
		trace: record,
		cib: seen,
	};
	Object.assign(record.facts, {event: 'fence-peer', by: 'promote', resource, peer: peer.name});
	try {
		const {code, why, placed} = await fencePeer(asking);
		const path = `/run/twinpool/verdict-${resource}`;
		rmSync(at(`${path}.taken`), {force: true});
		const yes = code === FENCE.OUTDATED || code === FENCE.FENCED;
		if (!(yes && keep(path, `${Math.floor(uptime() + GOOD_FOR)} ${code} ${identity(process.pid)} ${peer.name}\n`))) {
			await (placed && takeBack(placed, asking));
			return undefined;
		}
		return async fenced => {
			const taken = existsSync(at(`${path}.taken`));
			for (const file of [path, `${path}.taken`]) {
				rmSync(at(file), {force: true});
			}
			if (!(taken || fenced) && placed) {
				await takeBack(placed, asking);
			}
			Object.assign(record.facts, {code, why, taken});
			// Not waited for: the pool's start is.
			void journal('twinpool-fence-peer', record.line());
		};
	} finally {
		release();
	}
}
