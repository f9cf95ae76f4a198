/** Numbers in the order in which they came, four bytes each. */
export class Numbers {
	size = 0;
	#all = new Uint32Array(1024);

	push(number: number): void {
		if (this.size === this.#all.length) {
			const wider = new Uint32Array(2 * this.size);
			wider.set(this.#all);
			this.#all = wider;
		}
		this.#all[this.size] = number;
		this.size += 1;
	}

	at(index: number): number {
		return this.#all[index] as number;
	}
}
