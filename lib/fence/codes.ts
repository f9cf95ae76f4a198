/**
 * What a fence-peer handler may answer, by the kernel's names (the same on 8.4 and 9):
 * 3 the peer's disk is Inconsistent, 4 the peer's disk is outdated now, 5 the peer is down and may be taken for outdated
 * if our own disk is UpToDate, 6 the peer is Primary: outdate ourselves, 7 the peer was fenced.
 * Anything else is no answer: nothing changes, a promotion is refused, and I/O that waits goes on waiting.
 */
export const FENCE = {INCONSISTENT: 3, OUTDATED: 4, DOWN: 5, PRIMARY: 6, FENCED: 7, NONE: 1} as const;
export type FenceCode = (typeof FENCE)[keyof typeof FENCE];

/** What a STONITH agent may answer, as the fence agent API has it. OFF is only for status and monitor; whatever is unknown failed. */
export const STONITH = {SUCCESS: 0, FAILED: 1, OFF: 2} as const;
export type StonithCode = (typeof STONITH)[keyof typeof STONITH];

/** Why a STONITH action failed, as one sentence; `kind` for whoever can find out more. */
export class StonithError extends Error {
	readonly kind: 'options' | 'unreachable' | 'login' | 'identity' | 'late' | 'missing' | 'power';
	constructor(kind: StonithError['kind'], message: string, options?: ErrorOptions) {
		super(message, options);
		this.name = 'StonithError';
		this.kind = kind;
	}
}
