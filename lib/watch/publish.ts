import {nodeAttribute, urgentAttribute} from '../cluster/attributes.ts';
import {type Deadline, deadlineOf} from '../deadline.ts';
import type {Facts} from './facts.ts';
import {attribute, fromAttribute, type View} from './item.ts';

/** Milliseconds: until an attribute that was told has to be in the CIB, longer than the cluster gathers changes. */
const ARRIVES = 60_000;
const PATIENCE = 10_000;

/** When something was told that did not arrive: it is told again, and whatever is there is taken back at the end. */
const NEVER = Number.NEGATIVE_INFINITY;

/** What was told, and when. */
type Told = Map<string, {value: string | undefined; at: number}>;

/** Tells the cluster what the other node cannot see of this one, and takes it back at the end. */
export class Publisher {
	readonly #told: Told = new Map();
	#last: Promise<unknown> = Promise.resolve();
	readonly #trouble: (why: string | undefined) => void;

	constructor(trouble: (why: string | undefined) => void) {
		this.#trouble = trouble;
	}

	/** What is to be there, against what is: level by level, so that a cluster that was restarted is told again. */
	publish({host, items}: View, cluster: Facts['cluster']): void {
		if (!(cluster && 'is' in cluster)) {
			return;
		}
		const there = cluster.is.nodes.find(({name}) => name === host)?.attributes ?? new Map<string, string>();
		const wanted = new Map(
			items
				.filter(({node}) => node === host)
				.flatMap(item => {
					const one = attribute(item);
					return one ? [[one.name, one.value] as const] : [];
				}),
		);
		const stale = [...there.keys()].filter(name => fromAttribute(name, '', host) && !wanted.has(name));
		const now = performance.now();
		for (const [name, value] of [...wanted, ...stale.map(gone => [gone, undefined] as const)]) {
			const told = this.#told.get(name);
			const fresh = told !== undefined && told.value === value && now - told.at < ARRIVES;
			if (there.get(name) !== value && !fresh) {
				this.#told.set(name, {value, at: now});
				this.#queue(name, value);
			}
		}
	}

	/** Nobody keeps them up any more. */
	async withdraw(): Promise<void> {
		for (const [name, {value, at}] of this.#told) {
			if (value !== undefined || at === NEVER) {
				this.#queue(name, undefined);
			}
		}
		await this.#last;
	}

	/** One after the other: a cluster that is busy is not asked for ten things at once. */
	#queue(name: string, value: string | undefined): void {
		this.#last = this.#last.then(() => this.#tell(name, value));
	}

	async #tell(name: string, value: string | undefined): Promise<void> {
		const telling = value === undefined ? urgentAttribute(name, undefined, soon()) : nodeAttribute(name, value, soon());
		const problem = await telling.catch(String);
		if (problem !== undefined && this.#told.get(name)?.value === value) {
			this.#told.set(name, {value, at: NEVER});
		}
		this.#trouble(problem);
	}
}

const soon = (): Deadline => deadlineOf(PATIENCE, performance.now());
