import {writeFileSync} from 'node:fs';
import {at, exists, read} from '../host.ts';
import type {Disk, Session} from './session.ts';
import type {Timers} from './timers.ts';

const put = (path: string, text: string): boolean => {
	try {
		writeFileSync(at(path), text);
		return true;
	} catch {
		return false;
	}
};

/** A unit that its target offers only after the login is not looked for by itself. */
export const rescan = (host: string): boolean => put(`/sys/class/scsi_host/${host}/scan`, '- - -');

/**
 * ZFS reads from the side of a mirror that does not rotate; it asks when it opens the disk (measured, four readers of 4 KiB at random, both
 * halves on what does not: 884 a second, none of them over the link, instead of 507).
 */
export const readElsewhere = ({name}: Disk): boolean => put(`/sys/class/block/${name}/queue/rotational`, '1');

/**
 * Set the live disk's and host's limits, and see that the session has the record's. Gives what is not as it should be: a session that
 * was logged in by somebody else keeps its own pings until the next login.
 */
export function setTimers({id, host, disk, noop, replacement}: Session, timers: Timers): string[] {
	const problems: string[] = [];
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
