/** From what was seen now and then to what was the case: when a node had something, and whether two had it at once. */
import type {Node} from './config.ts';

/** One look into a node. */
export interface Sample {
	readonly node: Node;
	/** Milliseconds of the host's clock. */
	readonly at: number;
	/** Which boot of the node it was. */
	readonly boot: string;
	/** When the machine was last seen with power, as far as is known by now. */
	lived(): number;
	readonly imported: boolean;
	readonly role: string;
	readonly guests: readonly string[];
}

interface Span {
	readonly from: number;
	readonly to: number;
}

/**
 * When this node had it for certain: between looks of one boot that show it, and from the last of them to the machine's end,
 * since a node that froze with the pool has it for as long as it can be thawed.
 */
function spans(samples: readonly Sample[], has: (sample: Sample) => boolean): Span[] {
	const found: Span[] = [];
	let open: {from: number; last: Sample} | undefined;
	const close = (to: number): void => {
		if (open) {
			found.push({from: open.from, to});
		}
		open = undefined;
	};
	for (const sample of samples) {
		if (open && sample.boot !== open.last.boot) {
			close(Math.max(open.last.at, open.last.lived()));
		}
		if (has(sample)) {
			open = {from: open?.from ?? sample.at, last: sample};
		} else if (open) {
			close(open.last.at);
		}
	}
	if (open) {
		close(Math.max(open.last.at, open.last.lived()));
	}
	return found;
}

const clock = (at: number): string => new Date(at).toISOString().slice(11, 23);

/** Why two nodes had it at the same time; nothing when they did not. */
export function twice(what: string, samples: readonly Sample[], has: (sample: Sample) => boolean): string | undefined {
	const nodes = [...new Set(samples.map(({node}) => node))];
	const each = nodes.map(name => ({
		name,
		had: spans(
			samples.filter(({node}) => node === name),
			has,
		),
	}));
	for (const [index, one] of each.entries()) {
		for (const other of each.slice(index + 1)) {
			for (const mine of one.had) {
				const hit = other.had.find(theirs => theirs.from < mine.to && mine.from < theirs.to);
				if (hit) {
					return `${what} on ${one.name} from ${clock(mine.from)} to ${clock(mine.to)} and on ${other.name} from ${clock(hit.from)} to ${clock(hit.to)}`;
				}
			}
		}
	}
	return undefined;
}
