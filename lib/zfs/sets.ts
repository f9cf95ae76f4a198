/** A pool, or a volume on several: what is snapshotted, and put back, as a whole. Whatever cannot be done is thrown as an Error that says why. */
export interface Target {
	/** @returns the new set, by its moment */
	take(): Promise<string>;
	/** Oldest first. */
	list(): Promise<Listed[]>;
	drop(sets: readonly string[]): Promise<void>;
	/** @param destroyNewer whether what was snapshotted since may be lost */
	restore(set: string, destroyNewer: boolean): Promise<void>;
	/** What of it is on this host. */
	datasets(): Promise<string[]>;
}

export interface Listed {
	set: string;
	/** Whether it is on every part of the target: only such a set can be restored. */
	whole: boolean;
}

/** All but the newest whole sets, and what is older than those. One that is newer than all whole ones may be about to be made. */
export function surplus(sets: readonly Listed[], keep: number): string[] {
	const whole = sets.filter(one => one.whole).map(({set}) => set);
	const kept = whole.slice(-keep);
	const newest = whole.at(-1) ?? '';
	return sets.map(({set}) => set).filter(set => !kept.includes(set) && set < newest);
}

/** By their moments, oldest first. */
export const inOrder = (sets: Iterable<string>): string[] => [...new Set(sets)].sort((one, other) => (one < other ? -1 : 1));
