import type {Deadline} from '../deadline.ts';
import {list} from '../host.ts';
import {gluster} from './cli.ts';
import type {Brick} from './store.ts';
import {healSummary} from './xml.ts';

/**
 * How many entries of these bricks the other side lacks, by gluster's own index on the brick: an entry for each file or directory with
 * something pending, besides the one that they all are links to. Costs no program and no lock.
 */
export const pendingHere = (bricks: readonly Brick[]): number =>
	bricks.reduce((sum, {path}) => sum + list(`${path}/.glusterfs/indices/xattrop`).filter(name => !name.startsWith('xattrop-')).length, 0);

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
