import {search} from '../../lib/search.ts';

export interface Model<World> {
	start: World;
	moves(world: World): Iterable<readonly [string, World]>;
	key(world: World): string;
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
export function explore<World>(model: Model<World>, first = false): Explored {
	const worlds = numbered(model);
	const accidents = new Map<string, Accident>();
	const ends = {...model.ends, ...model.unmended};
	const good = new Map(Object.keys(ends).map(name => [name, [] as number[]]));
	let last: {path: string[]} = {path: []};
	for (const found of search(model.start, worlds.next, worlds.key)) {
		last = found;
		for (const broken of falsified(model.invariants, found.state)) {
			if (!accidents.has(broken)) {
				accidents.set(broken, {broken, path: found.path});
			}
		}
		if (first && accidents.size > 0) {
			return {...worlds.counts(), depth: last.path.length, accidents: [...accidents.values()]};
		}
		for (const [name, at] of good) {
			if (ends[name]?.(found.state)) {
				at.push(worlds.number(found.state));
			}
		}
	}
	for (const [name, at] of good) {
		const stuck = worlds.without(at, name in model.ends);
		if (stuck !== undefined) {
			accidents.set(name, {broken: `no way leads to: ${name}`, path: wayTo(stuck, model)});
		}
	}
	return {...worlds.counts(), depth: last.path.length, accidents: [...accidents.values()]};
}

const falsified = <World>(invariants: Model<World>['invariants'], world: World): string[] =>
	Object.entries(invariants).flatMap(([sentence, holds]) => (holds(world) ? [] : [sentence]));

/** The shortest way to the world of this number. */
function wayTo<World>(wanted: number, model: Model<World>): string[] {
	const worlds = numbered(model);
	for (const found of search(model.start, worlds.next, worlds.key)) {
		if (worlds.number(found.state) === wanted) {
			return found.path;
		}
	}
	return [];
}

/** The worlds by number, in the order in which they are met, and the moves between them that are no faults. */
function numbered<World>({moves, key, isFault, isMend}: Model<World>) {
	const numbers = new Map<string, number>();
	const edges: Edges = {from: [], to: [], mends: []};
	let steps = 0;
	const number = (world: World): number => {
		const name = key(world);
		const known = numbers.get(name) ?? numbers.size;
		numbers.set(name, known);
		return known;
	};
	return {
		number,
		key: (world: World): string => `${number(world)}`,
		*next(world: World): Iterable<readonly [string, World]> {
			const from = number(world);
			for (const [sentence, to] of moves(world)) {
				steps += 1;
				if (!isFault(world, to)) {
					edges.from.push(from);
					edges.to.push(number(to));
					edges.mends.push(isMend(world, to));
				}
				yield [sentence, to];
			}
		},
		/** The first world from which none of these is within reach. */
		without(ends: readonly number[], mended: boolean): number | undefined {
			const {starts, before} = backwards(edges, numbers.size, mended);
			const reached = new Uint8Array(numbers.size);
			const queue = [...ends];
			for (const at of ends) {
				reached[at] = 1;
			}
			for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
				for (let edge = starts[at] ?? 0; edge < (starts[at + 1] ?? 0); edge += 1) {
					const from = before[edge] ?? 0;
					if (reached[from] === 0) {
						reached[from] = 1;
						queue.push(from);
					}
				}
			}
			const stuck = reached.indexOf(0);
			return stuck < 0 ? undefined : stuck;
		},
		counts: () => ({states: numbers.size, moves: steps}),
	};
}

interface Edges {
	from: number[];
	to: number[];
	mends: boolean[];
}

/** The moves by where they lead, with what mends or without: those to world n are `before[starts[n]]` and on. */
function backwards({from, to, mends}: Edges, size: number, mended: boolean): {starts: Uint32Array; before: Uint32Array} {
	const starts = new Uint32Array(size + 1);
	to.forEach((at, edge) => {
		starts[at + 1] = (starts[at + 1] ?? 0) + (mended || !mends[edge] ? 1 : 0);
	});
	for (let at = 0; at < size; at += 1) {
		starts[at + 1] = (starts[at + 1] ?? 0) + (starts[at] ?? 0);
	}
	const filled = Uint32Array.from(starts);
	const before = new Uint32Array(from.length);
	to.forEach((at, edge) => {
		if (mended || !mends[edge]) {
			before[filled[at] ?? 0] = from[edge] ?? 0;
			filled[at] = (filled[at] ?? 0) + 1;
		}
	});
	return {starts, before};
}
