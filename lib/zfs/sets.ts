/** A pool, or a volume on several: what is snapshotted, and put back, as a whole. Whatever cannot be done is thrown as an Error that says why. */
export interface Target {
	/** @returns the new set, by its moment */
	take(): Promise<string>;
	/** Oldest first. */
	list(): Promise<Listed[]>;
	drop(sets: readonly string[]): Promise<void>;
	/** @param destroyNewer whether what was snapshotted since may be lost */
	restore(set: string, destroyNewer: boolean): Promise<void>;
	/** What of it is on this host: with a set, what has that. */
	datasets(set?: string): Promise<string[]>;
	/** What its snapshots are called, with "twinpool-" before and the set after. */
	readonly kind: string;
}

export interface Listed {
	set: string;
	/** Whether it is on every part of the target: only such a set can be restored. */
	whole: boolean;
}

/** What is older than the newest whole sets, once there are so many: half a set is better than none, where a host lost its own. */
export function surplus(sets: readonly Listed[], keep: number): string[] {
	const kept = sets
		.filter(one => one.whole)
		.map(({set}) => set)
		.slice(-keep);
	const [oldest = ''] = kept;
	return kept.length < keep ? [] : sets.map(({set}) => set).filter(set => set < oldest);
}

/** By their moments, oldest first. */
export const inOrder = (sets: Iterable<string>): string[] => [...new Set(sets)].sort((one, other) => (one < other ? -1 : 1));
