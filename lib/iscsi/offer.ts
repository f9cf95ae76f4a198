import type {Deadline} from '../deadline.ts';
import {restoreExport, withdrawExport} from './lio.ts';
import {restoreUnit, withdrawUnit} from './tgt.ts';

/**
 * Nobody else may write to this host's half any more, by LIO or by tgtd. Gives the disk that is free now; nothing when it was not offered.
 * @throws {OcfError} it still is, and the pool must not be imported here
 */
export const withdraw = async (target: string, lun: number, deadline: Deadline): Promise<string | undefined> =>
	withdrawExport(target, lun) ?? (await withdrawUnit(target, lun, deadline));

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
