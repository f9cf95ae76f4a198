import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Cluster} from './cluster.ts';
import {type Host, NAMES, type Name, newHost, other} from './host.ts';
import type {Ended} from './program.ts';

export interface Options {
	drbd: '8.4' | '9';
	volumes: number;
	/** The install tree that `npm run build` leaves. */
	programs: string;
	/** Answer fence-peer without asking anybody: a guard taken away, to see that it is missed. */
	fencePeer: 'built' | number;
	allowTwoPrimaries: boolean;
	/** Milliseconds of a whole resync. */
	resync: number;
	/** How long a step of the story may take, in milliseconds, before it is given up. */
	patience: number;
}

/** One thing that happened, as the timeline shows it. */
export interface Event {
	/** Milliseconds since the world began. */
	at: number;
	host: Name | 'both';
	kind: 'kernel' | 'tool' | 'program' | 'handler' | 'pool' | 'client' | 'cluster' | 'power';
	text: string;
}

export const RESOURCE = 'vmstore';
export const POOL = 'tank';

/** Two hosts, what lies between them, and all that was seen happening. One process holds it; nothing here is real. */
export class World {
	readonly options: Options;
	readonly dir = mkdtempSync(join(tmpdir(), 'twinpool-demo-'));
	readonly hosts: Record<Name, Host>;
	readonly cluster = new Cluster();
	readonly events: Event[] = [];
	/** Broken guarantees, as they are seen. */
	readonly broken: {guarantee: string; text: string}[] = [];
	/** Every program that ended, and every question that a tool was asked. */
	readonly ended: Ended[] = [];
	readonly asked: {host: Name; tool: string; args: string[]}[] = [];
	/** Somebody on the holder uses the pool: it cannot be exported. */
	busy = false;
	/** The replication link. */
	link = true;
	readonly #begun = performance.now();
	readonly #listeners = new Set<(event: Event) => void>();
	readonly #changed = new Set<() => void>();

	constructor(options: Partial<Options> = {}) {
		this.options = {
			drbd: '8.4',
			volumes: 1,
			programs: 'dist/root',
			fencePeer: 'built',
			allowTwoPrimaries: false,
			resync: 600,
			patience: 15_000,
			...options,
		};
		this.hosts = Object.fromEntries(NAMES.map(name => [name, newHost(name, join(this.dir, name))])) as Record<Name, Host>;
	}

	now(): number {
		return Math.round(performance.now() - this.#begun);
	}

	peer({name}: Host): Host {
		return this.hosts[other(name)];
	}

	say(host: Name | 'both', kind: Event['kind'], text: string): void {
		const event = {at: this.now(), host, kind, text};
		this.events.push(event);
		for (const listener of this.#listeners) {
			listener(event);
		}
	}

	onEvent(listener: (event: Event) => void): void {
		this.#listeners.add(listener);
	}

	onChange(listener: () => void): void {
		this.#changed.add(listener);
	}

	/** Something changed: write the hosts' files, and look at what may never be. */
	changed(): void {
		for (const listener of this.#changed) {
			listener();
		}
		const hosts = Object.values(this.hosts).filter(({on}) => on);
		if (hosts.filter(({pool}) => pool).length > 1) {
			this.fault('one import', 'the pool is imported on both hosts');
		}
		if (!this.options.allowTwoPrimaries && hosts.filter(({resource}) => resource?.role === 'Primary').length > 1) {
			this.fault('one Primary', 'both hosts are Primary');
		}
		for (const {name, pool, resource} of hosts) {
			if (pool && resource?.role !== 'Primary') {
				this.fault('one import', `${name} has the pool imported and is not Primary`);
			}
		}
	}

	fault(guarantee: string, text: string): void {
		if (!this.broken.some(known => known.guarantee === guarantee && known.text === text)) {
			this.broken.push({guarantee, text});
		}
	}

	remove(): void {
		rmSync(this.dir, {recursive: true, force: true});
	}
}
