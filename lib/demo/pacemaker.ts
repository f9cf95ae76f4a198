import {DRBD, ZPOOL} from './cluster.ts';
import {type Host, NAMES, type Name, other} from './host.ts';
import {fresh, type Node, nextStep, STEPS, type Step} from './next.ts';
import {operation} from './operation.ts';
import {boot, cut} from './power.ts';
import type {Ended} from './program.ts';
import type {World} from './world.ts';

export interface Timing {
	/** Milliseconds until a silent node is out of the membership. */
	token: number;
	/** How long STONITH takes, and how long the node takes to come back. */
	stonith: number;
	boot: number;
	monitor: number;
}

const TICK = 40;
/** Milliseconds until what failed is tried again. */
const AGAIN = 1000;
const PROBED: Record<number, Node['drbd']> = {7: 'stopped', 8: 'promoted'};

/** Pacemaker's part, as small as it gets: membership, STONITH, probes, order, placement by promotion score, monitors. */
export class Pacemaker {
	readonly fenced: Name[] = [];
	/** Operations that did not end as they should. */
	readonly failed: Ended[] = [];
	stonithWorks = true;
	readonly #world: World;
	readonly #timing: Timing;
	readonly #nodes: Record<Name, Node>;
	#running = true;
	readonly #jobs = new Set<Promise<unknown>>();

	constructor(world: World, timing: Partial<Timing> = {}) {
		this.#world = world;
		this.#timing = {token: 1000, stonith: 200, boot: 1200, monitor: 1500, ...timing};
		this.#nodes = Object.fromEntries(NAMES.map(name => [name, fresh(world.hosts[name])])) as Record<Name, Node>;
		void this.#loop();
	}

	/** Let what runs end, and do nothing more. */
	async end(): Promise<void> {
		this.#running = false;
		await Promise.all(this.#jobs);
	}

	standby(name: Name, on: boolean): void {
		this.#nodes[name].standby = on;
		this.#world.say(name, 'cluster', on ? 'standby: move everything away' : 'standby ends');
	}

	get holder(): Name | undefined {
		return NAMES.find(name => this.#nodes[name].pool === 'started' && this.#nodes[name].member);
	}

	get idle(): boolean {
		return Object.values(this.#nodes).every(({busy}) => !busy);
	}

	async #loop(): Promise<void> {
		while (this.#running) {
			for (const node of Object.values(this.#nodes)) {
				this.#membership(node);
			}
			for (const node of Object.values(this.#nodes)) {
				const work = !node.busy && node.member && node.host.on ? this.#next(node) : undefined;
				if (work) {
					node.busy = true;
					this.#job(
						work().finally(() => {
							node.busy = false;
						}),
					);
				}
			}
			await new Promise(done => setTimeout(done, TICK));
		}
	}

	#job(work: Promise<unknown>): void {
		this.#jobs.add(work);
		void work.finally(() => this.#jobs.delete(work));
	}

	#membership(node: Node): void {
		const {host} = node;
		if (!host.on && node.member && !node.unclean) {
			node.unclean = true;
			this.#job(this.#lose(node));
		} else if (host.on && host.clustered && !node.member && !node.unclean) {
			Object.assign(node, fresh(host), {member: true});
			this.#world.cluster.join(host.name);
		}
	}

	/** A node fell silent: out of the membership, then fenced; only then is anything of it taken over. */
	async #lose(node: Node): Promise<void> {
		const {host} = node;
		const {cluster} = this.#world;
		const survivor = other(host.name);
		await pause(this.#timing.token);
		node.member = false;
		cluster.lose(host.name);
		cluster.dc = survivor;
		this.#world.say(survivor, 'cluster', `${host.name} is lost: membership without it`);
		do {
			await pause(this.#timing.stonith);
			const completed = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
			cluster.history.unshift({target: host.name, origin: survivor, status: this.stonithWorks ? 'success' : 'failed', completed});
			if (this.stonithWorks) {
				cut(this.#world, host);
				cluster.fenced(host.name);
				Object.assign(node, {drbd: 'stopped', pool: 'stopped'});
				this.fenced.push(host.name);
				this.#world.say(survivor, 'cluster', `STONITH: ${host.name} is fenced`);
			} else {
				this.#world.say(survivor, 'cluster', `STONITH of ${host.name} failed`);
				await pause(this.#timing.token);
			}
		} while (!this.stonithWorks && this.#running);
		if (this.stonithWorks) {
			node.unclean = false;
			this.#return(host, survivor, this.#timing.boot);
		}
	}

	/** A machine boots for longer than an operation takes; on a busy one the operation is waited for. */
	#return(host: Host, survivor: Host['name'], after: number): void {
		const come = (): void => {
			if (this.#nodes[survivor].busy) {
				this.#return(host, survivor, TICK);
			} else {
				boot(this.#world, host);
			}
		};
		setTimeout(() => this.#running && come(), after).unref();
	}

	/** The operation that is next on a node, with what it makes of the node when it ends well. */
	#next(node: Node): (() => Promise<unknown>) | undefined {
		const step = nextStep(node, this.#nodes[other(node.host.name)], this.#world.cluster);
		switch (step) {
			case 'probe':
				return () => this.#probe(node);
			case undefined:
				return Date.now() - node.monitored >= this.#timing.monitor ? () => this.#monitor(node) : undefined;
			default:
				return () => this.#do(node, step);
		}
	}

	async #probe(node: Node): Promise<void> {
		const [drbd, pool] = await Promise.all([this.#op(node, DRBD, 'monitor', 0), this.#op(node, ZPOOL, 'monitor', 0)]);
		if (!(drbd.cut || pool.cut)) {
			node.drbd = PROBED[drbd.exit] ?? 'started';
			node.pool = pool.exit === 7 ? 'stopped' : 'started';
		}
	}

	async #do(node: Node, step: Exclude<Step, 'probe'>): Promise<void> {
		const {resource, action, after} = STEPS[step];
		const ended = await this.#op(node, resource, action);
		if (ended.exit === 0 && !ended.late && !ended.cut) {
			Object.assign(node, after);
		} else if (!ended.cut) {
			this.failed.push(ended);
			node.patience = Date.now() + AGAIN;
		}
	}

	async #monitor(node: Node): Promise<void> {
		node.monitored = Date.now();
		const [drbd, pool] = await Promise.all([
			this.#op(node, DRBD, 'monitor', 10_000),
			node.pool === 'started' ? this.#op(node, ZPOOL, 'monitor', 10_000) : undefined,
		]);
		const expected = node.drbd === 'promoted' ? [8, 191] : [0, 190];
		this.failed.push(
			...[drbd].filter(({cut: off, exit}) => !(off || expected.includes(exit))),
			...[pool].filter(ended => ended !== undefined).filter(({cut: off, exit}) => !off && exit !== 0),
		);
	}

	#op({host}: Node, resource: string, action: string, interval = 0): Promise<Ended> {
		return operation(this.#world, host, resource, action, interval);
	}
}

const pause = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));
