/** A state that the search reached; `path` is a fewest-moves way to it. */
export interface Found<State, Move> {
	state: State;
	readonly path: Move[];
}

interface Node<State, Move> {
	/** Until it has been looked at: of millions of states, only the ways are kept. */
	state: State | undefined;
	move?: Move;
	from?: Node<State, Move>;
}

/**
 * Breadth first over a pure step function: the planner stops it at its goal, the model checker never does,
 * the watcher asks it how we got here, the diagrams are its edges.
 * States are equal when their keys are; every state is yielded once, nearest first.
 */
export function* search<State, Move, Key = string>(
	start: State,
	next: (state: State) => Iterable<readonly [Move, State]>,
	key: (state: State) => Key = JSON.stringify as (state: State) => Key,
	seen: {has(key: Key): boolean; add(key: Key): unknown} = new Set<Key>(),
): Generator<Found<State, Move>> {
	const queue: Node<State, Move>[] = [{state: start}];
	seen.add(key(start));
	for (const node of queue) {
		const here = node.state as State;
		node.state = undefined;
		yield {
			state: here,
			get path() {
				return trail(node);
			},
		};
		for (const [move, state] of next(here)) {
			const name = key(state);
			if (!seen.has(name)) {
				seen.add(name);
				queue.push({state, move, from: node});
			}
		}
	}
}

function trail<State, Move>(node: Node<State, Move>): Move[] {
	const moves: Move[] = [];
	for (let at = node; at.from; at = at.from) {
		moves.push(at.move as Move);
	}
	return moves.reverse();
}
