import {search} from '../../lib/search.ts';
import {Numbers} from './numbers.ts';
import type {Member, Pair} from './pair.ts';
import {Worlds} from './worlds.ts';

export interface Model<World extends Pair<Member>> {
	start: World;
	moves(world: World): Iterable<readonly [string, World]>;
	/** What must hold everywhere, by the sentence that says it. */
	invariants: Record<string, (world: World) => boolean>;
	/** What must be within reach from everywhere, when nothing more goes wrong. */
	ends: Record<string, (world: World) => boolean>;
	/** And what must be even if nothing that is broken is mended. */
	unmended: Record<string, (world: World) => boolean>;
	/** Whether a move is a fault: the world heals without any. */
	isFault(before: World, next: World): boolean;
	/** Whether a move mends what a fault broke. */
	isMend(before: World, next: World): boolean;
}

/** What broke, and the shortest way there. */
export interface Accident {
	broken: string;
	path: string[];
}

export interface Explored {
	states: number;
	moves: number;
	/** The longest of the shortest ways. */
	depth: number;
	accidents: Accident[];
}

/**
 * Every world that can be reached, breadth first. An invariant that breaks is reported once, by its shortest way; with `first`,
 * that is all. Then, backwards from the good ends, the nearest world from which one is out of reach.
 */
export function explore<World extends Pair<Member>>(model: Model<World>, first = false): Explored {
	const {walk, counts, without} = walked(model);
	const accidents = new Map<string, Accident>();
	const ends = {...model.ends, ...model.unmended};
	const good = new Map(Object.keys(ends).map(name => [name, new Numbers()]));
	let depth = (): number => 0;
	for (const {at, world, found} of walk()) {
		depth = () => found.path.length;
		for (const broken of falsified(model.invariants, world)) {
			if (!accidents.has(broken)) {
				accidents.set(broken, {broken, path: found.path});
			}
		}
		if (first && accidents.size > 0) {
			return {...counts(), depth: depth(), accidents: [...accidents.values()]};
		}
		for (const [name, is] of good) {
			if (ends[name]?.(world)) {
				is.push(at);
			}
		}
	}
	for (const [name, is] of good) {
		const stuck = without(is, name in model.ends);
		if (stuck !== undefined) {
			accidents.set(name, {broken: `no way leads to: ${name}`, path: wayTo(stuck, model)});
		}
	}
	return {...counts(), depth: depth(), accidents: [...accidents.values()]};
}

const falsified = <World extends Pair<Member>>(invariants: Model<World>['invariants'], world: World): string[] =>
	Object.entries(invariants).flatMap(([sentence, holds]) => (holds(world) ? [] : [sentence]));

/** The shortest way to the world of this number. */
function wayTo<World extends Pair<Member>>(wanted: number, model: Model<World>): string[] {
	for (const {at, found} of walked(model).walk()) {
		if (at === wanted) {
			return found.path;
		}
	}
	return [];
}

/** The worlds as they are met, and the moves between them that are no faults. */
function walked<World extends Pair<Member>>({start, moves, isFault, isMend}: Model<World>) {
	const worlds = new Worlds<World>();
	const sentences = new Map<string, string>();
	/** Where each world's moves begin, by its number; where each of them leads; and which of them mend. */
	const edges: Edges = {starts: new Numbers(), to: new Numbers(), mends: new Numbers()};
	let steps = 0;
	function* next(from: number): Iterable<readonly [string, number]> {
		const world = worlds.world(from);
		edges.starts.push(edges.to.size);
		for (const [sentence, after] of moves(world)) {
			steps += 1;
			const to = worlds.number(after);
			if (!isFault(world, after)) {
				edges.to.push(to);
				edges.mends.push(Number(isMend(world, after)));
			}
			const kept = sentences.get(sentence) ?? sentence;
			sentences.set(kept, kept);
			yield [kept, to];
		}
	}
	/** A new world has the number after the last one's. */
	const seen = {
		count: 0,
		has: (number: number): boolean => number < seen.count,
		add(): void {
			seen.count += 1;
		},
	};
	return {
		*walk() {
			for (const found of search(worlds.number(start), next, at => at, seen)) {
				yield {at: found.state, world: worlds.world(found.state), found};
			}
		},
		/** The first world from which none of these is within reach. */
		without: (ends: Numbers, mended: boolean): number | undefined => outOfReach(edges, worlds.size, ends, mended),
		counts: () => ({states: worlds.size, moves: steps}),
	};
}

interface Edges {
	starts: Numbers;
	to: Numbers;
	mends: Numbers;
}

function outOfReach(edges: Edges, size: number, ends: Numbers, mended: boolean): number | undefined {
	const {starts, before} = backwards(edges, size, mended);
	const reached = new Uint8Array(size);
	const queue: number[] = [];
	for (let index = 0; index < ends.size; index += 1) {
		queue.push(ends.at(index));
		reached[ends.at(index)] = 1;
	}
	for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
		for (let edge = starts[at] as number; edge < (starts[at + 1] as number); edge += 1) {
			const from = before[edge] as number;
			if (reached[from] === 0) {
				reached[from] = 1;
				queue.push(from);
			}
		}
	}
	const stuck = reached.indexOf(0);
	return stuck < 0 ? undefined : stuck;
}

/** The moves by where they lead, with what mends or without: those to world n are `before[starts[n]]` and on. */
function backwards({starts: begun, to, mends}: Edges, size: number, mended: boolean): {starts: Uint32Array; before: Uint32Array} {
	const counted = (edge: number): boolean => mended || mends.at(edge) === 0;
	const starts = new Uint32Array(size + 1);
	for (let edge = 0; edge < to.size; edge += 1) {
		starts[to.at(edge) + 1] = (starts[to.at(edge) + 1] as number) + Number(counted(edge));
	}
	for (let at = 0; at < size; at += 1) {
		starts[at + 1] = (starts[at + 1] as number) + (starts[at] as number);
	}
	const filled = Uint32Array.from(starts);
	const before = new Uint32Array(to.size);
	for (let from = 0; from < size; from += 1) {
		const end = from + 1 < begun.size ? begun.at(from + 1) : to.size;
		for (let edge = begun.at(from); edge < end; edge += 1) {
			if (counted(edge)) {
				const at = to.at(edge);
				before[filled[at] as number] = from;
				filled[at] = (filled[at] as number) + 1;
			}
		}
	}
	return {starts, before};
}
