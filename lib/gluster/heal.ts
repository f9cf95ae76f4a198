import type {Deadline} from '../deadline.ts';
import {list} from '../host.ts';
import {lastWord} from '../lifecycle.ts';
import {run} from '../run.ts';
import {gluster} from './cli.ts';
import {suspended} from './dataset.ts';
import type {Kept} from './kept.ts';
import type {Brick, Volume} from './store.ts';
import {healSummary} from './xml.ts';

/**
 * How many entries of these bricks the other side lacks, by gluster's own index on the brick: an entry for each file or directory with
 * something pending, besides the one that they all are links to. Costs no program and no lock. Of one that hangs nobody knows: it counts as one.
 */
export const pendingHere = (bricks: readonly Brick[]): number =>
	bricks.map(({path}) => (suspended(path) === undefined ? pendingIn(path) : 1)).reduce((sum, count) => sum + count, 0);

const pendingIn = (path: string): number => list(`${path}/.glusterfs/indices/xattrop`).filter(name => !name.startsWith('xattrop-')).length;

/** Why the copies are not the same, asked of all bricks; nothing when they are. @throws {GlusterError} */
export async function unhealed(volume: string, deadline: Deadline, signal?: AbortSignal): Promise<string | undefined> {
	const bricks = await healSummary(await gluster(['volume', 'heal', volume, 'info', 'summary'], deadline, signal));
	for (const {brick, connected, pending, splitBrain} of bricks) {
		if (!connected || pending === undefined || splitBrain === undefined) {
			return `${brick} cannot be asked what it lacks`;
		}
		if (splitBrain > 0) {
			return `${splitBrain} files in split-brain: "twinpool split-brain ${volume}"`;
		}
		if (pending > 0) {
			return `${pending} entries to heal on ${brick}`;
		}
	}
	return bricks.length > 0 ? undefined : `${volume} has no bricks`;
}

/**
 * How often gluster is told to look for what is left to heal. By itself it looks when its own daemon finds a brick, and every 10 minutes
 * (cluster.heal-timeout): what clients wrote after that, before they had found the brick themselves, would wait so long (seen in the lab).
 */
const CRAWL = 30_000;
/** A command that takes longer waits for a peer. Milliseconds. */
const ANSWER = 15_000;

/** This one has no XML, asked for or not. What is wrong with it is said by what is looked at. */
export async function crawl({memory, log}: Kept, {name}: Volume, deadline: Deadline, signal: AbortSignal): Promise<void> {
	if (performance.now() - memory.crawled > CRAWL) {
		memory.crawled = performance.now();
		const timeout = Math.max(1, deadline.within(ANSWER).left());
		const said = await run(['gluster', '--mode=script', '--xml', 'volume', 'heal', name], {timeout, signal}).catch(String);
		if (typeof said === 'string' || said.exit !== 0) {
			log(`gluster does not look for what is left to heal: ${typeof said === 'string' ? said : lastWord(said)}`);
		}
	}
}
