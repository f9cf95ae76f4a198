import type {Side} from './generations.ts';

/**
 * How one side's data stands to the other one's, by DRBD's generation identifiers: the same, with all of it and more (`ahead`), a part of
 * it (`behind`), or both with data of their own (`apart`; `unrelated`: since before anybody remembers).
 */
export type Relation = 'same' | 'ahead' | 'behind' | 'apart' | 'unrelated';

/** The lowest bit of an identifier says that the node was Primary; it is no part of the generation. */
export const bare = (id: string): string => {
	const last = Number.parseInt(id.slice(-1), 16);
	return `${id.slice(0, -1)}${(last - (last % 2)).toString(16)}`.toUpperCase();
};

/** No generation, and the one that create-md writes. */
const EMPTY = ['0000000000000000', '0000000000000004'];

/** The generations before the current one that a side knows, newest first: the one since which its bitmap counts, and the history. */
const past = ({bitmap, history}: Side): string[] => [bitmap, ...history].map(bare).filter(id => !EMPTY.includes(id));

/**
 * Compared as DRBD's user's guide has it: the current identifiers with each other, then each with the other side's bitmap and history, and
 * last the two pasts. `since` is the newest generation that both had.
 */
export function relation(mine: Side, theirs: Side): {is: Relation; since?: string} {
	const [me, you] = [bare(mine.current), bare(theirs.current)];
	if (me === you) {
		return {is: 'same'};
	}
	if (EMPTY.includes(me) || EMPTY.includes(you)) {
		return {is: EMPTY.includes(me) ? 'behind' : 'ahead'};
	}
	if (past(theirs).includes(me)) {
		return {is: 'behind', since: me};
	}
	if (past(mine).includes(you)) {
		return {is: 'ahead', since: you};
	}
	const since = past(mine).find(id => past(theirs).includes(id));
	return since === undefined ? {is: 'unrelated'} : {is: 'apart', since};
}
