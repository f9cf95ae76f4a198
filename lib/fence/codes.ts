/**
 * What a fence-peer handler may answer, by the kernel's names (the same on 8.4 and 9):
 * 3 the peer's disk is Inconsistent, 4 the peer's disk is outdated now, 5 the peer is down and may be taken for outdated
 * if our own disk is UpToDate, 6 the peer is Primary: outdate ourselves, 7 the peer was fenced.
 * Anything else is no answer: nothing changes, a promotion is refused, and I/O that waits goes on waiting.
 */
export const FENCE = {INCONSISTENT: 3, OUTDATED: 4, DOWN: 5, PRIMARY: 6, FENCED: 7, NONE: 1} as const;
export type FenceCode = (typeof FENCE)[keyof typeof FENCE];
