import {line as parsed, resources, under} from '../drbd/events2.ts';
import {fold, type Table, torn} from '../drbd/stream.ts';
import {exists, read} from '../host.ts';
import type {Facts} from './facts.ts';
import type {View} from './item.ts';
import {alarms, cluster, everything, guests, keepers, pools, withProgress} from './look.ts';
import {looker} from './looker.ts';
import {logFile, sources} from './sources.ts';
import {supervise} from './supervise.ts';
import {view} from './view.ts';

/** Milliseconds: events of the same moment are shown together. */
const MOMENT = 20;
/** How often a resync of DRBD 8.4 and a resilver are looked at, which tell nobody how far they are. */
const RESYNC = 1000;
const RESILVER = 5000;
/** How often the cluster is looked at where it leaves no log that could be followed. */
const BLIND = 10_000;

/** What is seen now, kept up by events; and what is counted since it began. */
export class Live {
	view: View;
	/** By the name of the source: events that came, and how often it ended by itself. */
	readonly events = new Map<string, number>();
	readonly ends = new Map<string, number>();
	readonly wake: Record<'cluster' | 'pools' | 'guests' | 'files', () => void>;
	#facts: Facts;
	#text = '';
	/** DRBD's events so far, and whether the first dump of them is complete. */
	readonly #table: Table = new Map();
	#ready = false;
	readonly #broken = new Map<string, string>();
	readonly #due = new Set<string>();
	readonly #signal: AbortSignal;
	readonly #shown: () => void;

	/** `shown` is called whenever something is new, once for all that is new in the same moment. */
	constructor(first: Facts, signal: AbortSignal, shown: (live: Live) => void) {
		this.#facts = first;
		this.view = view(first);
		this.#signal = signal;
		this.#shown = () => shown(this);
		this.wake = {
			cluster: looker(async () => this.#see({...(await cluster()), keepers: keepers()}), {least: 1000, most: 10_000}, signal),
			pools: looker(async () => this.#see({pools: await pools()}), {least: 300, most: RESILVER}, signal),
			guests: looker(async () => this.#see({guests: await guests()}), {least: 500, most: 5000}, signal),
			files: looker(() => Promise.resolve(this.#see({alarms: alarms(), keepers: keepers()})), {least: MOMENT, most: 500}, signal),
		};
	}

	get cluster(): Facts['cluster'] {
		return this.#facts.cluster;
	}

	/** Until the signal comes. */
	async follow(): Promise<void> {
		this.#see({});
		const all = sources(this).map(source =>
			supervise(source, this.#signal, why => {
				if (why !== undefined) {
					count(this.ends, source.name);
				}
				this.trouble(source.name, why);
			}),
		);
		await Promise.all(all);
	}

	/** Something of ours that does not work at the moment; nothing when it does again. */
	trouble(source: string, why: string | undefined): void {
		if (this.#broken.get(source) === why) {
			return;
		}
		if (why === undefined) {
			this.#broken.delete(source);
		} else {
			this.#broken.set(source, why);
		}
		this.#see({});
	}

	/** An event came from there. */
	came(source: string): void {
		count(this.events, source);
	}

	/** DRBD begins to tell all of it anew. */
	drbdBegins(): void {
		this.#table.clear();
		this.#ready = false;
	}

	/** The module is gone, and everything with it. */
	drbdGone(): void {
		if (this.#facts.drbd) {
			this.#see({drbd: undefined, torn: []});
		}
	}

	/** A line of events2. What it changes is known without another look. */
	drbdSays(said: string): void {
		const event = parsed(said);
		if (event === 'ready') {
			this.#ready = true;
		} else if (event) {
			fold(this.#table, event);
		}
		if (this.#ready) {
			this.#later('events', 0, () => this.#replicated());
		}
	}

	#replicated(): void {
		this.#see({drbd: {is: withProgress(resources([...this.#table.values()]))}, torn: torn(this.#table)});
	}

	/** Take what was seen. Gives whether it shows anything new. */
	#see(seen: Partial<Facts>): boolean {
		this.#facts = {...this.#facts, ...seen, broken: [...this.#broken].map(([source, why]) => ({source, why}))};
		this.view = view(this.#facts);
		const text = JSON.stringify(this.view);
		const news = text !== this.#text;
		this.#text = text;
		if (news) {
			this.#later('show', MOMENT, this.#shown);
		}
		this.#progress();
		return news;
	}

	/** What moves and tells nobody. */
	#progress(): void {
		const {drbd, pools: all, cluster: known} = this.#facts;
		const syncing = drbd && 'is' in drbd && drbd.is.some(({volumes}) => volumes.some(({replication}) => under(replication)));
		if (syncing && this.#ready && read('/proc/drbd')?.startsWith('version: 8.4.')) {
			this.#later('resync', RESYNC, () => this.#replicated());
		}
		if (all && 'is' in all && all.is.some(({status}) => status?.resilver)) {
			this.#later('resilver', RESILVER, this.wake.pools);
		}
		if (known && !exists(logFile())) {
			this.#later('blind', BLIND, () => {
				this.wake.cluster();
				this.#progress();
			});
		}
	}

	#later(what: string, milliseconds: number, then: () => void): void {
		if (this.#due.has(what) || this.#signal.aborted) {
			return;
		}
		this.#due.add(what);
		const due = (): void => {
			this.#due.delete(what);
			if (!this.#signal.aborted) {
				then();
			}
		};
		// What is followed keeps us running, and nothing else.
		setTimeout(due, milliseconds).unref();
	}
}

/** The first look, and whoever keeps it up. */
export const live = async (signal: AbortSignal, shown: (live: Live) => void): Promise<Live> => new Live(await everything(), signal, shown);

const count = (of: Map<string, number>, name: string): unknown => of.set(name, (of.get(name) ?? 0) + 1);
