import {DRBD, ZPOOL} from './cluster.ts';
import {type Host, type Name, NAMES, other} from './host.ts';
import {boot, cut} from './power.ts';
import {type Ended, runProgram} from './program.ts';
import {POOL, RESOURCE, type World} from './world.ts';

export interface Timing {
	/** Milliseconds until a silent node is out of the membership. */
	token: number;
	/** How long STONITH takes, and how long the node takes to come back. */
	stonith: number;
	boot: number;
	monitor: number;
}

/** Seconds as an administrator would configure them; times on the timeline are compressed, the programs are not told. */
const TIMEOUTS: Record<string, number> = {start: 60, stop: 60, promote: 60, demote: 60, monitor: 20};
const TICK = 40;

/** What Pacemaker believes of one node. */
interface Node {
	host: Host;
	member: boolean;
	/** Gone without a word and not yet fenced: nothing may be taken over. */
	unclean: boolean;
	standby: boolean;
	drbd: 'unknown' | 'stopped' | 'started' | 'promoted';
	pool: 'unknown' | 'stopped' | 'started';
	/** An operation runs: one at a time on a node. */
	busy: boolean;
	monitored: number;
	/** No promotion is tried again before this moment. */
	patience: number;
}

/** Pacemaker's part, as small as it gets: membership, STONITH, probes, order, placement by promotion score, monitors. */
export class Manager {
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
					this.#job(work().finally(() => {
						node.busy = false;
					}));
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
			setTimeout(() => this.#running && boot(this.#world, host), this.#timing.boot).unref();
		}
	}

	/** The next operation on a node: probe, stop what must leave, start, promote, start the pool, monitor. */
	#next(node: Node): (() => Promise<unknown>) | undefined {
		const peer = this.#nodes[other(node.host.name)];
		if (node.drbd === 'unknown') {
			return () => this.#probe(node);
		}
		const leave = node.standby;
		if (leave && node.pool === 'started') {
			return () => this.#do(node, ZPOOL, 'stop', () => { node.pool = 'stopped'; });
		}
		if (leave && node.drbd === 'promoted') {
			return () => this.#do(node, DRBD, 'demote', () => { node.drbd = 'started'; });
		}
		if (node.drbd === 'stopped') {
			return () => this.#do(node, DRBD, 'start', () => { node.drbd = 'started'; });
		}
		if (node.drbd === 'started' && this.#mayPromote(node, peer)) {
			return () => this.#do(node, DRBD, 'promote', () => { node.drbd = 'promoted'; });
		}
		if (node.drbd === 'promoted' && node.pool === 'stopped' && Date.now() >= node.patience) {
			return () => this.#do(node, ZPOOL, 'start', () => { node.pool = 'started'; });
		}
		return Date.now() - node.monitored >= this.#timing.monitor ? () => this.#monitor(node) : undefined;
	}

	#mayPromote(node: Node, peer: Node): boolean {
		const {cluster} = this.#world;
		const {name} = node.host;
		const rival = peer.member && !peer.standby && peer.drbd === 'started' && !cluster.banned(other(name)) ? cluster.score(other(name)) : -1;
		const known = !peer.member || peer.drbd === 'started' || (peer.drbd === 'stopped' && !peer.busy);
		return !node.standby && !peer.unclean && known && peer.drbd !== 'promoted' && peer.drbd !== 'unknown' && Date.now() >= node.patience
			&& !cluster.banned(name) && cluster.score(name) > 0 && (cluster.score(name) > rival || (cluster.score(name) === rival && name === 'alpha'));
	}

	async #probe(node: Node): Promise<void> {
		const [drbd, pool] = await Promise.all([this.#op(node, DRBD, 'monitor', 0), this.#op(node, ZPOOL, 'monitor', 0)]);
		if (!drbd.cut && !pool.cut) {
			node.drbd = drbd.exit === 8 ? 'promoted' : drbd.exit === 7 ? 'stopped' : 'started';
			node.pool = pool.exit === 7 ? 'stopped' : 'started';
		}
	}

	async #do(node: Node, resource: string, action: string, done: () => void): Promise<void> {
		const ended = await this.#op(node, resource, action);
		if (ended.exit === 0 && !ended.late && !ended.cut) {
			done();
		} else if (!ended.cut) {
			this.failed.push(ended);
			node.patience = Date.now() + 1000;
		}
	}

	async #monitor(node: Node): Promise<void> {
		node.monitored = Date.now();
		const [drbd, pool] = await Promise.all([this.#op(node, DRBD, 'monitor', 10_000), node.pool === 'started' ? this.#op(node, ZPOOL, 'monitor', 10_000) : undefined]);
		const expected = node.drbd === 'promoted' ? [8, 191] : [0, 190];
		this.failed.push(...[drbd].filter(({cut: off, exit}) => !off && !expected.includes(exit)), ...[pool].filter(ended => ended !== undefined).filter(({cut: off, exit}) => !off && exit !== 0));
	}

	/** One operation of one of the built agents, in the environment that Pacemaker 2.1 gives. */
	async #op({host}: Node, resource: string, action: string, interval = 0): Promise<Ended> {
		const type = resource === DRBD ? 'drbd' : 'zpool';
		const timeout = (TIMEOUTS[action] ?? 20) * 1000;
		const ended = await runProgram(this.#world, host, `usr/lib/ocf/resource.d/twinpool/${type}`, {
			kind: 'program',
			label: action === 'monitor' && interval === 0 ? `${type} probe` : `${type} ${action}`,
			args: [action],
			env: ocf(host, resource, action, timeout, interval),
			timeout,
			quiet: action === 'monitor' && interval > 0,
		});
		if (!ended.cut) {
			this.#world.cluster.record(host.name, resource, action, ended.exit);
		}
		return ended;
	}
}

/** The environment of an operation, as Pacemaker 2.1.5 gives it. */
export function ocf(host: Host, resource: string, action: string, timeout: number, interval = 0): Record<string, string> {
	const clone = {clone: '0', clone_max: '2', clone_node_max: '1', promoted_max: '1', promoted_node_max: '1', master_max: '1', master_node_max: '1', notify: 'false', promotable: 'true', globally_unique: 'false'};
	const meta = {...(resource === DRBD ? clone : {}), timeout: `${timeout}`, name: action, on_node: host.name, on_node_uuid: `${host.id + 1}`, ...(interval ? {interval: `${interval}`} : {})};
	return {
		LC_ALL: 'C',
		HOME: '/root',
		OCF_ROOT: '/usr/lib/ocf',
		OCF_RA_VERSION_MAJOR: '1',
		OCF_RA_VERSION_MINOR: '1',
		OCF_EXIT_REASON_PREFIX: 'ocf-exit-reason:',
		OCF_RESOURCE_INSTANCE: resource,
		OCF_RESOURCE_TYPE: resource === DRBD ? 'drbd' : 'zpool',
		OCF_RESOURCE_PROVIDER: 'twinpool',
		OCF_RESKEY_crm_feature_set: '3.16.1',
		...Object.fromEntries(Object.entries(meta).map(([key, value]) => [`OCF_RESKEY_CRM_meta_${key}`, value])),
		...(resource === DRBD ? {OCF_RESKEY_drbd_resource: RESOURCE} : {OCF_RESKEY_pool: POOL}),
	};
}

const fresh = (host: Host): Node => ({host, member: true, unclean: false, standby: false, drbd: 'unknown', pool: 'unknown', busy: false, monitored: 0, patience: 0});
const pause = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));
