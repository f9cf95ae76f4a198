import type {Host} from './host.ts';
import type {World} from './world.ts';

/** Milliseconds to a disk, and over the link to the peer's. */
const DISK = 3;
const LINK = 3;
const PAUSE = 5;
const LANES = 4;

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
	#next = 1;
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
		return longest;
	}

	async #lane(): Promise<void> {
		while (this.#running) {
			const host = Object.values(this.#world.hosts).find(one => writable(one));
			if (host) {
				await this.#write(host, this.#next++);
			}
			await wait(PAUSE);
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
		while (host.resource === resource && (resource?.frozen || (resource?.connection === 'Connected' && !peer.store.data.records.has(number)))) {
			await wait(PAUSE);
		}
		if (host.resource === resource && host.pool) {
			const now = this.#world.now();
			this.open.delete(number);
			this.acknowledged.add(number);
			this.#longest = Math.max(this.#longest, now - this.#last);
			this.#last = now;
		}
	}
}

const writable = ({on, pool, resource}: Host): boolean => on && pool === 'ONLINE' && resource?.role === 'Primary' && !resource.frozen;
