// Millions of worlds in little memory: each is three numbers, as there are few nodes and fewer surroundings to make worlds of.
import {flat, type Member, type Pair} from './pair.ts';

/** How many different nodes, and how many different surroundings, one number has room for. */
const NODES = 2 ** 21;
const REST = 2 ** 11;

/** What is the same whenever its text is, by number. */
function parts<Part extends object>(): {all: Part[]; number(part: Part): number} {
	const all: Part[] = [];
	const numbers = new Map<string, number>();
	return {
		all,
		number(part) {
			const text = flat(part);
			const known = numbers.get(text);
			if (known !== undefined) {
				return known;
			}
			numbers.set(text, all.length);
			// Every world that has it shares it from now on.
			return all.push(frozen(part)) - 1;
		},
	};
}

function frozen<Part extends object>(part: Part): Part {
	for (const inner of Object.values(part)) {
		if (typeof inner === 'object' && inner !== null) {
			frozen(inner as object);
		}
	}
	return Object.freeze(part);
}

/** Worlds by number, in the order in which they were met. */
export class Worlds<World extends Pair<Member>> {
	readonly #nodes = parts<World['alpha']>();
	readonly #rest = parts<object>();
	/** Each world's name; and in slots, where a name's hash leads or behind, the number of its world and one. */
	#names = new Float64Array(1024);
	#slots = new Uint32Array(4096);
	size = 0;

	/** The number of a world; of one that was not met yet the next one. */
	number({alpha, bravo, ...rest}: World): number {
		const [node, other, around] = [this.#nodes.number(alpha), this.#nodes.number(bravo), this.#rest.number(rest)];
		if (Math.max(node, other) >= NODES || around >= REST) {
			throw new Error(`${this.#nodes.all.length} nodes in ${this.#rest.all.length} surroundings are more than a number has room for`);
		}
		const name = (around * NODES + node) * NODES + other;
		const slot = this.#slot(name);
		const known = this.#slots[slot] as number;
		if (known > 0) {
			return known - 1;
		}
		this.#slots[slot] = this.size + 1;
		if (this.size === this.#names.length) {
			const wider = new Float64Array(2 * this.size);
			wider.set(this.#names);
			this.#names = wider;
		}
		this.#names[this.size] = name;
		this.size += 1;
		if (2 * this.size > this.#slots.length) {
			this.#spread();
		}
		return this.size - 1;
	}

	world(number: number): World {
		const name = this.#names[number] as number;
		const [other, both] = [name % NODES, Math.floor(name / NODES)];
		const [alpha, bravo] = [this.#nodes.all[both % NODES], this.#nodes.all[other]];
		return {...this.#rest.all[Math.floor(both / NODES)], alpha, bravo} as World;
	}

	/** Where this name is, or belongs. */
	#slot(name: number): number {
		const last = this.#slots.length - 1;
		const [high, low] = [Math.floor(name / 2 ** 32), name % 2 ** 32];
		let at = Math.imul(Math.imul(low ^ (low >>> 15), 0x2c_1b_3c_6d) ^ Math.imul(high, 0x29_7a_2d_39), 0x9e_37_79_b1);
		for (at = (at ^ (at >>> 15)) & last; this.#slots[at] !== 0; at = (at + 1) & last) {
			if (this.#names[(this.#slots[at] as number) - 1] === name) {
				break;
			}
		}
		return at;
	}

	#spread(): void {
		this.#slots = new Uint32Array(2 * this.#slots.length);
		for (let number = 0; number < this.size; number += 1) {
			this.#slots[this.#slot(this.#names[number] as number)] = number + 1;
		}
	}
}
