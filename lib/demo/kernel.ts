import {randomBytes} from 'node:crypto';
import {afterResync, type Fencing, fencePeer} from './fencing.ts';
import type {Host, Resource} from './host.ts';
import type {World} from './world.ts';

/** Why the kernel refuses a change of state: its own numbers and sentences. */
export class Refused extends Error {
	readonly code: number;
	readonly exit: number;
	constructor(code: number, exit: number, message: string) {
		super(message);
		this.code = code;
		this.exit = exit;
	}
}

export const noData = (): Refused => new Refused(-2, 17, 'Need access to UpToDate data');
const notOutdated = (): Refused => new Refused(-7, 17, 'Refusing to be Primary while peer is not outdated');
const twoPrimaries = (): Refused => new Refused(-1, 11, 'Multiple primaries not allowed by config');
const heldOpen = (): Refused => new Refused(-12, 11, 'Device is held open by someone');

/** Milliseconds that the kernels take to find each other. */
const HANDSHAKE = 60;
const newGeneration = (): string => randomBytes(8).toString('hex').toUpperCase();
const wait = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));

/** `up` or `adjust`: attach the disk with what its metadata says, and look for the peer. */
export function adjust(world: World, host: Host): void {
	const {store} = host;
	if (!host.resource) {
		const peerDisk = store.peerOutdated ? 'Outdated' : 'DUnknown';
		const disk = store.quality === 'UpToDate' && !store.peerOutdated ? 'Consistent' : store.quality;
		host.resource = {role: 'Secondary', connection: 'Connecting', peerRole: 'Unknown', disk, peerDisk, replication: 'Off', done: 0, frozen: false, busy: false};
		world.say(host.name, 'kernel', `disk:${disk}`);
	} else if (host.resource.connection === 'StandAlone') {
		host.resource.connection = 'Connecting';
	} else if (host.resource.disk === 'Diskless') {
		host.resource.disk = store.quality;
	}
	world.changed();
	setTimeout(() => connect(world), HANDSHAKE);
}

/** Both listen and the link is there: shake hands, compare generations, resynchronise. */
export function connect(world: World): void {
	const hosts = Object.values(world.hosts) as [Host, Host];
	const [a, b] = hosts;
	if (!world.link || hosts.some(({on, resource}) => !on || resource?.connection !== 'Connecting') || !a.resource || !b.resource) {
		return;
	}
	if (a.resource.role === 'Primary' && b.resource.role === 'Primary' && !world.options.allowTwoPrimaries) {
		return splitBrain(world, hosts);
	}
	const source = newer(a, b);
	if (source === 'neither') {
		return splitBrain(world, hosts);
	}
	for (const host of hosts) {
		const peer = world.peer(host);
		Object.assign(host.resource as Resource, {connection: 'Connected', peerRole: peer.resource?.role, replication: 'Established', frozen: false});
		host.store.peerOutdated = false;
		world.say(host.name, 'kernel', 'connection:Connected');
	}
	if (source === 'both') {
		for (const host of hosts) {
			Object.assign(host.resource as Resource, {disk: host.store.quality, peerDisk: world.peer(host).store.quality});
		}
		world.changed();
	} else {
		void resync(world, source);
	}
}

/** Whose data the other one's descends from, as DRBD compares the generation UUIDs. */
function newer(a: Host, b: Host): Host | 'both' | 'neither' {
	const [ours, theirs] = [a.store.generations, b.store.generations];
	if (ours.at(-1) === theirs.at(-1)) {
		const [best] = [a, b].filter(({store}) => store.crashed || store.quality === 'UpToDate');
		if (a.store.crashed !== b.store.crashed) {
			const crashed = a.store.crashed ? a : b;
			const lives = a.store.crashed ? b : a;
			return lives.resource?.role === 'Primary' ? lives : crashed;
		}
		return a.store.quality === b.store.quality ? 'both' : (best ?? 'both');
	}
	if (theirs.includes(ours.at(-1) ?? '')) {
		return b;
	}
	return ours.includes(theirs.at(-1) ?? '') ? a : 'neither';
}

function splitBrain(world: World, hosts: Host[]): void {
	for (const {name, resource} of hosts) {
		Object.assign(resource as Resource, {connection: 'StandAlone', replication: 'Off'});
		world.say(name, 'kernel', 'Split-Brain detected, dropping connection! connection:StandAlone');
	}
	world.fault('one history', 'the two sides have diverged (split brain)');
	world.changed();
}

async function resync(world: World, source: Host): Promise<void> {
	const target = world.peer(source);
	const [from, to] = [source.resource as Resource, target.resource as Resource];
	const running = (): boolean => source.resource === from && target.resource === to && from.connection === 'Connected' && to.connection === 'Connected';
	Object.assign(from, {disk: 'UpToDate', peerDisk: 'Inconsistent', replication: 'SyncSource'});
	Object.assign(to, {disk: 'Inconsistent', peerDisk: 'UpToDate', replication: 'SyncTarget'});
	target.store.quality = 'Inconsistent';
	target.store.crashed = false;
	world.say(target.name, 'kernel', 'replication:SyncTarget');
	for (let done = 0; done <= 100; done += 20) {
		from.done = done;
		to.done = done;
		world.changed();
		await wait(world.options.resync / 6);
		if (!running()) {
			return;
		}
	}
	source.store.crashed = false;
	target.store.generations = [...source.store.generations];
	target.store.data = {label: source.store.data.label, records: new Set(source.store.data.records)};
	target.store.quality = 'UpToDate';
	Object.assign(from, {peerDisk: 'UpToDate', replication: 'Established'});
	Object.assign(to, {disk: 'UpToDate', replication: 'Established'});
	world.say(target.name, 'kernel', 'resync done, disk:UpToDate');
	world.changed();
	await afterResync(world, source, target);
}

/** `drbdsetup primary`: a disconnected side asks its fence-peer handler first. */
export async function primary(world: World, host: Host): Promise<void> {
	const mine = host.resource;
	if (!mine || mine.role === 'Primary') {
		return;
	}
	if (mine.peerRole === 'Primary' && !world.options.allowTwoPrimaries) {
		throw twoPrimaries();
	}
	if (mine.connection === 'Connected') {
		if (mine.disk !== 'UpToDate' && mine.peerDisk !== 'UpToDate') {
			throw noData();
		}
	} else {
		const fencing: Fencing = mine.peerDisk === 'DUnknown' && ['Consistent', 'UpToDate'].includes(mine.disk) ? await fencePeer(world, host) : 'as it is';
		if (host.resource !== mine) {
			return;
		}
		if (fencing === 'peer outdated' && mine.disk === 'Consistent') {
			mine.disk = 'UpToDate';
		}
		if (mine.disk !== 'UpToDate') {
			throw noData();
		}
		if (fencing === 'not fenced') {
			throw notOutdated();
		}
		host.store.generations.push(newGeneration());
		host.store.peerOutdated = true;
	}
	mine.role = 'Primary';
	see(world, host, 'Primary');
}

export function secondary(world: World, host: Host): void {
	if (host.pool) {
		throw heldOpen();
	}
	if (host.resource?.role === 'Primary') {
		host.resource.role = 'Secondary';
		see(world, host, 'Secondary');
	}
}

function see(world: World, host: Host, role: 'Primary' | 'Secondary'): void {
	const peer = world.peer(host);
	if (host.resource?.connection === 'Connected' && peer.resource) {
		peer.resource.peerRole = role;
	}
	world.say(host.name, 'kernel', `role:${role}`);
	world.changed();
}

/** `drbdsetup down`: a Secondary that leaves a Primary outdates itself, so that the Primary need not fence. */
export function down(world: World, host: Host): void {
	const {resource} = host;
	if (!resource) {
		return;
	}
	secondary(world, host);
	const peer = world.peer(host);
	if (resource.connection === 'Connected' && peer.resource) {
		const left = resource.peerRole === 'Primary';
		if (left && host.store.quality === 'UpToDate') {
			host.store.quality = 'Outdated';
		}
		peer.store.peerOutdated = left;
		lose(peer, left ? 'Outdated' : 'DUnknown');
		if (left) {
			peer.store.generations.push(newGeneration());
		}
		world.say(peer.name, 'kernel', 'the peer left, connection:Connecting');
	}
	host.resource = undefined;
	world.say(host.name, 'kernel', 'resource down');
	world.changed();
}

export function outdate(world: World, host: Host): void {
	if (host.resource && host.resource.connection !== 'Connected') {
		host.resource.disk = 'Outdated';
		host.store.quality = 'Outdated';
		world.changed();
	}
}

const lose = (host: Host, peerDisk: 'Outdated' | 'DUnknown'): void => {
	Object.assign(host.resource ?? {}, {connection: 'Connecting', peerRole: 'Unknown', peerDisk, replication: 'Off'});
};

/** The peer is gone without a word: a Primary freezes its I/O and asks the handler. */
export function lost(world: World, host: Host): void {
	const {resource} = host;
	if (!host.on || !resource || resource.connection !== 'Connected') {
		return;
	}
	lose(host, 'DUnknown');
	world.say(host.name, 'kernel', 'connection:NetworkFailure');
	if (resource.role === 'Primary') {
		resource.frozen = true;
		void fencePeer(world, host).then(outcome => {
			if (outcome === 'peer outdated' && host.resource === resource && resource.connection !== 'Connected') {
				host.store.generations.push(newGeneration());
				host.store.peerOutdated = true;
				resource.frozen = false;
				world.say(host.name, 'kernel', 'peer-disk:Outdated, I/O resumes');
				world.changed();
			}
		});
	}
	world.changed();
}
