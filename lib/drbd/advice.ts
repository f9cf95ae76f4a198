import type {Deadline} from '../deadline.ts';
import {run} from '../run.ts';
import {drbdadm} from './index.ts';

/** A setting that will hurt at the next failover, and what it costs. */
const ADVICE: readonly [RegExp, boolean, string][] = [
	[
		/^\s*fencing\s+resource-and-stonith;/mu,
		false,
		'fencing is not resource-and-stonith: after a lost link both sides may go on writing; set it in the disk (8.4) or net (9) section',
	],
	[
		/^\s*fence-peer\s/mu,
		false,
		'there is no fence-peer handler: with fencing on, I/O stays frozen after a lost peer; use /usr/lib/drbd/twinpool-fence-peer',
	],
	[/^\s*protocol\s+[AB];/mu, true, 'protocol A or B loses acknowledged writes when the node with the pool dies; use protocol C'],
	[
		/^\s*disk\s+"?\/dev\/(zvol\/|zd)/mu,
		true,
		'the backing disk is a zvol: every write is checksummed and logged twice, and a pool on a zvol of the same host can deadlock under memory pressure (openzfs/zfs#4694, #6065); prefer a partition or LV',
	],
	[
		/^\s*allow-two-primaries(\s+yes)?;/mu,
		true,
		'two Primaries are allowed: a pool on top would be imported twice sooner or later; allow them for a live migration only',
	],
	[
		/^\s*after-sb-[012]pri\s+(?!disconnect)/mu,
		true,
		"split-brain is resolved by itself (after-sb-*): one side's acknowledged writes are thrown away without asking",
	],
];

/** The sentences for what the resource's configuration will cost: printed by validate-all, never a failure. */
export async function warnings(drbdResource: string, drbdconf: string, deadline: Deadline): Promise<string[]> {
	const {stdout} = await run(drbdadm({drbd_resource: drbdResource, drbdconf}, 'dump'), {timeout: deadline.left()});
	return ADVICE.filter(([setting, bad]) => setting.test(stdout) === bad).map(([, , sentence]) => sentence);
}
