import type {Host} from './host.ts';
import type {World} from './world.ts';

/** Milliseconds to a disk, and over the link to the peer's. */
const DISK = 3;
const LINK = 3;
const PAUSE = 5;
const LANES = 4;
/** Milliseconds without an acknowledgement that are told. */
const STALL = 250;

const wait = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));

/** A client that writes numbered records, each synced before the next of its lane, wherever the pool is. */
export class Client {
	/** What was acknowledged: it may never be lost. */
	readonly acknowledged = new Set<number>();
	/** Written and not acknowledged when the power went: may be there or not. */
	readonly open = new Set<number>();
	/** The longest time without an acknowledgement, since the last call of `mark`. */
	#longest = 0;
	#last = 0;
	#next = 0;
	readonly #by = new Map<string, number>();
	#running = false;
	readonly #world: World;
	#lanes: Promise<void>[] = [];

	constructor(world: World) {
		this.#world = world;
	}

	start(): void {
		this.#running = true;
		this.#last = this.#world.now();
		this.#lanes = Array.from({length: LANES}, () => this.#lane());
	}

	async stop(): Promise<void> {
		this.#running = false;
		await Promise.all(this.#lanes);
	}

	/** The longest stall since the last mark, in milliseconds. */
	mark(): number {
		const longest = Math.max(this.#longest, this.#world.now() - this.#last);
		this.#longest = 0;
		this.#last = this.#world.now();
		return longest;
	}

	/** Whether a write on this host was acknowledged within the last moments. */
	since(host: string, moments = 200): boolean {
		return this.#world.now() - (this.#by.get(host) ?? Number.NEGATIVE_INFINITY) < moments;
	}

	async #lane(): Promise<void> {
		while (this.#running) {
			const host = Object.values(this.#world.hosts).find(one => writable(one));
			if (host) {
				this.#next += 1;
				await this.#write(host, this.#next);
			}
			await wait(PAUSE);
		}
	}

	/** After a stall worth a word, it is said when writes go on. */
	#count({name}: Host, number: number, now: number): void {
		const stalled = now - this.#last;
		this.#longest = Math.max(this.#longest, stalled);
		this.#last = now;
		if (this.acknowledged.size === 1 || stalled > STALL) {
			this.#world.say(
				name,
				'client',
				`record ${number} acknowledged${stalled > STALL ? `, ${(stalled / 1000).toFixed(2)} s after the one before` : ': a client writes'}`,
			);
		}
	}

	/** Protocol C: acknowledged when it is on both disks, or when the peer is known to be outdated. */
	async #write(host: Host, number: number): Promise<void> {
		this.open.add(number);
		const {resource} = host;
		await wait(DISK);
		if (host.resource !== resource || !host.pool) {
			return;
		}
		host.store.data.records.add(number);
		const peer = this.#world.peer(host);
		if (resource?.connection === 'Connected') {
			await wait(LINK);
			if (peer.on && peer.resource && peer.resource.disk !== 'Diskless' && this.#world.link) {
				peer.store.data.records.add(number);
			}
		}
		while (
			host.resource === resource &&
			(resource?.frozen || (resource?.connection === 'Connected' && !peer.store.data.records.has(number)))
		) {
			await wait(PAUSE);
		}
		if (host.resource === resource && host.pool) {
			const now = this.#world.now();
			this.open.delete(number);
			this.acknowledged.add(number);
			this.#by.set(host.name, now);
			this.#count(host, number, now);
		}
	}
}

const writable = ({on, pool, resource}: Host): boolean => on && pool === 'ONLINE' && resource?.role === 'Primary' && !resource.frozen;
