import {type Kind, settle} from '../cluster/alarm.ts';
import {read} from '../host.ts';
import {majorVersion, outOfSync} from './proc.ts';
import type {DrbdCall} from './publish.ts';
import type {Facts} from './states.ts';

/** Tell what a handler noted and had no time to tell, and take back what DRBD does not show any more. Without an alarm: one look into /run. */
export async function settleAlarms({params, deadline, log}: DrbdCall, facts: Facts | undefined): Promise<void> {
	const over = (kind: Kind): boolean => facts !== undefined && facts.volumes.length > 0 && OVER[kind](facts);
	for (const sentence of await settle(params.drbd_resource, over, deadline)) {
		log(sentence);
	}
}

/** What must be seen before an alarm is over. */
const OVER: Record<Kind, (facts: Facts) => boolean> = {
	'split-brain': ({connection}) => connection === 'Connected',
	'io-error': ({disk}) => disk === 'UpToDate',
	'out-of-sync': same,
	'quorum-lost': ({volumes}) => volumes.every(({quorum}) => quorum),
};

/** UpToDate on both sides is no proof: that is what DRBD shows after a verify, too, whatever it found. */
function same({connection, volumes}: Facts): boolean {
	const text = read('/proc/drbd') ?? '';
	const counted =
		majorVersion(text) === 8
			? outOfSync(
					text,
					volumes.map(({minor}) => minor),
				).length === 0
			: volumes.every(({behind}) => behind === 0);
	return connection === 'Connected' && counted && volumes.every(({disk, peerDisk}) => disk === 'UpToDate' && peerDisk === 'UpToDate');
}
