/** What a leg's sessions and devices are set to, in seconds; all of it follows from `stall`. */
export interface Timers {
	/** A ping after so much silence, and how long its answer may take: a dead link is known after the sum. */
	noop: {interval: number; timeout: number};
	/** How long one attempt to log in may take. */
	login: number;
	/** How long one SCSI command may take, and then one step of the kernel's recovery: abort, reset of the unit, of the target. */
	command: number;
	step: number;
	/** All of that recovery, where the kernel takes a limit (iscsi_tcp of Linux 6.1 refuses eh_deadline: it has no host reset). */
	recovery: number;
}

/** The least `stall`: below it a short pause of a healthy peer would count as its end. */
export const LEAST_STALL = 5;

/**
 * Two fifths for noticing, as a ping is one fifth apart and has one fifth for its answer; what is left is for telling the cluster.
 * A target that answers, on a disk that does not, takes the other way: two fifths for the command, and half a fifth for each of the
 * three steps of its recovery, at whose end the kernel gives the session up (seen with a fifth each and stall=10: a write waited 13.6 s).
 */
export function timersOf(stall: number): Timers {
	const fifth = Math.max(1, Math.floor(stall / 5));
	return {
		noop: {interval: fifth, timeout: fifth},
		login: Math.max(2, Math.floor(stall / 2)),
		command: stall - 3 * fifth,
		step: Math.max(1, Math.floor(fifth / 2)),
		recovery: 3 * fifth,
	};
}

/**
 * The node record's settings. replacement_timeout is off: the kernel never fails held writes by itself. It is a logout that does,
 * once the cluster knows that the leg is behind (seen: 0.3 s, and every held write fails at once).
 */
export const recordOf = ({noop, login, step, recovery}: Timers): Record<string, string> => ({
	'node.startup': 'manual',
	'node.session.timeo.replacement_timeout': '-1',
	'node.session.err_timeo.abort_timeout': `${step}`,
	'node.session.err_timeo.lu_reset_timeout': `${step}`,
	'node.session.err_timeo.tgt_reset_timeout': `${step}`,
	'node.session.err_timeo.host_reset_timeout': `${recovery}`,
	'node.session.initial_login_retry_max': '1',
	'node.conn[0].timeo.login_timeout': `${login}`,
	'node.conn[0].timeo.logout_timeout': `${login}`,
	'node.conn[0].timeo.noop_out_interval': `${noop.interval}`,
	'node.conn[0].timeo.noop_out_timeout': `${noop.timeout}`,
});
