/**
 * The pool's state as /proc/spl/kstat/zfs/POOL/state prints it, worst first. `absent`: not imported.
 * OFFLINE, REMOVED and TRANSITIONING are what a lock-free look sees for milliseconds while a pool is opened or a vdev replaced.
 */
export const WORDS = ['SUSPENDED', 'FAULTED', 'UNAVAIL', 'TRANSITIONING', 'REMOVED', 'OFFLINE', 'DEGRADED', 'ONLINE', 'absent'] as const;
export type Word = (typeof WORDS)[number];

export const TRANSIENT: readonly Word[] = ['TRANSITIONING', 'REMOVED', 'OFFLINE'];

/** What one look tells: the state it stands for, and the kernel's own word for messages. */
export interface Facts {
	state: Word;
	said: string;
}

/**
 * The state that a word stands for. One that this version does not know is the worst from which a stop still works;
 * an empty one is a pool in the middle of something.
 */
export function wordOf(said: string): Word {
	if (said === '') {
		return 'TRANSITIONING';
	}
	return WORDS.find(word => word === said && word !== 'absent') ?? 'FAULTED';
}
