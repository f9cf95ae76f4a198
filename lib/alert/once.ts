import type {Event} from './event.ts';

/** What is remembered of a key, for one recipient. */
export interface Memory {
	/** The last event of each node. */
	seen: Readonly<Record<string, string>>;
	/** When something was last told, in milliseconds; 0: what was told is over. */
	told: number;
	/** How many were not told since. */
	more: number;
}

export const NOTHING: Memory = {seen: {}, told: 0, more: 0};

/** `elsewhere`: another node has told it. */
export type Verdict = 'news' | 'elsewhere' | 'repeated' | 'same' | 'over';

/** Whether it is to be told. In doubt it is: twice is better than never. */
export function judge({identity, node, quiet}: Event, {seen, told}: Memory, now: number): Verdict {
	if (identity === undefined) {
		return 'over';
	}
	if (Object.hasOwn(seen, node) && seen[node] === identity) {
		return 'repeated';
	}
	// A clock that was set back says nothing.
	return told <= now && now - told < quiet * 1000 ? 'same' : 'news';
}

/** What to remember after it. */
export function after({identity, node, attribute}: Event, memory: Memory, verdict: Verdict, now: number): Memory {
	const {[node]: last, ...others} = memory.seen;
	switch (verdict) {
		case 'over':
			// Pacemaker repeats what is over, too: only the first time ends anything.
			return last === undefined ? memory : {seen: others, told: 0, more: 0};
		case 'news':
			return {seen: {...others, [node]: identity ?? ''}, told: now, more: 0};
		case 'elsewhere':
			// When is not known: what is new right after it is told.
			return {...memory, seen: {...others, [node]: identity ?? ''}};
		case 'same':
			// The other side of a split-brain is the same one, not one more.
			return {...memory, seen: {...others, [node]: identity ?? ''}, more: memory.more + (attribute === undefined ? 1 : 0)};
		default:
			return memory;
	}
}
