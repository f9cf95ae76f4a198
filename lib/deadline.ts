/** How much of an operation's time is left. Pacemaker kills at the end without a warning, so we stop at nine tenths. */
export interface Deadline {
	/** Milliseconds left, never negative. */
	left(): number;
	/** The whole operation's timeout, in milliseconds, as the cluster manager gave it. */
	readonly timeout: number;
	/** A deadline within this one: after so many milliseconds, or with this one. */
	within(milliseconds: number): Deadline;
}

const MARGIN = 0.9;

/**
 * A deadline counted from `started` on the clock of performance.now(), which begins with the process: what node took to start is gone already.
 * Monotonic, so that a clock that is set loses nothing; and never timeOrigin, which a start-up snapshot keeps from its making.
 */
export function deadlineOf(timeout: number, started = 0): Deadline {
	return until(started + timeout * MARGIN, timeout);
}

function until(end: number, timeout: number): Deadline {
	return {
		timeout,
		left: () => Math.max(0, end - performance.now()),
		within: milliseconds => until(Math.min(end, performance.now() + milliseconds), timeout),
	};
}
