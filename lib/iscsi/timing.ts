import {writeFileSync} from 'node:fs';
import {at, exists, read} from '../host.ts';
import type {Session} from './session.ts';
import type {Timers} from './timers.ts';

/**
 * Set the live disk's and host's limits, and see that the session has the record's. Gives what is not as it should be: a session that
 * was logged in by somebody else keeps its own pings until the next login.
 */
export function setTimers({id, host, disk, noop, replacement}: Session, timers: Timers): string[] {
	const problems: string[] = [];
	const put = (path: string, text: string): boolean => {
		try {
			writeFileSync(at(path), text);
			return true;
		} catch {
			return false;
		}
	};
	if (replacement !== 'off' && !put(`/sys/class/iscsi_session/${id}/recovery_tmo`, '-1')) {
		problems.push(`replacement_timeout of ${id} is ${replacement} and cannot be turned off`);
	}
	if (noop.interval !== timers.noop.interval || noop.timeout !== timers.noop.timeout) {
		problems.push(
			`${id} pings every ${noop.interval} s and waits ${noop.timeout} s, not ${timers.noop.interval} and ${timers.noop.timeout}: log it out once`,
		);
	}
	if (disk && disk.timeout !== timers.command && !put(`/sys/class/block/${disk.name}/device/timeout`, `${timers.command}`)) {
		problems.push(`the command timeout of ${disk.name} stays ${disk.timeout} s`);
	}
	// Refused where the transport has no host reset, as iscsi_tcp: then the record's own limits of each step hold.
	const limit = `/sys/class/scsi_host/${host}/eh_deadline`;
	if (exists(limit) && read(limit)?.trim() !== `${timers.recovery}`) {
		put(limit, `${timers.recovery}`);
	}
	return problems;
}
