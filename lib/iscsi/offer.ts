import type {Deadline} from '../deadline.ts';
import type {Address} from '../knock.ts';
import {drop} from '../sockets.ts';
import {restoreExport, withdrawExport} from './lio.ts';
import {restoreUnit, withdrawUnit} from './tgt.ts';

/**
 * Nobody else may write to this host's half any more, by LIO or by tgtd. Gives the disk that is free now; nothing when it was not offered.
 * @throws {OcfError} it still is, and the pool must not be imported here
 */
export const withdraw = async (target: string, lun: number, deadline: Deadline): Promise<string | undefined> =>
	withdrawExport(target, lun) ?? (await withdrawUnit(target, lun, deadline));

/**
 * What a host that died had under way keeps the unit that it was for, until LIO gives its session up (45 s by nopin_timeout and
 * nopin_response_timeout; a start that waited 32 s was seen in the lab). Without its connection that takes 2. `peer`: its own portal.
 */
export async function endSession(peer: Address, log: (sentence: string) => void): Promise<void> {
	const why = await drop([peer.host], [peer.port]);
	if (why !== undefined) {
		log(`the other host's session is not ended: ${why}`);
	}
}

/** This host's half for the other node, as before. Without it that one runs on one half, and says so: no reason for anybody to be fenced. */
export async function offer(target: string, lun: number, deadline: Deadline, log: (sentence: string) => void): Promise<void> {
	try {
		const said = restoreExport(target, lun) ?? (await restoreUnit(target, lun, deadline));
		if (said) {
			log(said);
		}
	} catch (error) {
		log(error instanceof Error ? error.message : String(error));
	}
}
