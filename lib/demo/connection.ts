import {randomBytes} from 'node:crypto';
import {afterResync, fencePeer} from './fencing.ts';
import type {Host, Resource} from './host.ts';
import type {World} from './world.ts';

export const newGeneration = (): string => randomBytes(8).toString('hex').toUpperCase();
const wait = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));

/** Both listen and the link is there: shake hands, compare generations, resynchronise. */
export function connect(world: World): void {
	const hosts = Object.values(world.hosts) as [Host, Host];
	const [a, b] = hosts;
	if (!world.link || hosts.some(({on, resource}) => !on || resource?.connection !== 'Connecting') || !a.resource || !b.resource) {
		return;
	}
	const apart = a.resource.role === 'Primary' && b.resource.role === 'Primary' && !world.options.allowTwoPrimaries;
	const source = apart ? 'neither' : newer(a, b);
	if (source === 'neither') {
		splitBrain(world, hosts);
		return;
	}
	for (const host of hosts) {
		const peer = world.peer(host);
		Object.assign(host.resource as Resource, {
			connection: 'Connected',
			peerRole: peer.resource?.role,
			replication: 'Established',
			frozen: false,
		});
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
	const running = (): boolean =>
		source.resource === from && target.resource === to && from.connection === 'Connected' && to.connection === 'Connected';
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

/** What a side knows of a peer that is gone. */
export const lose = (host: Host, peerDisk: 'Outdated' | 'DUnknown'): void => {
	Object.assign(host.resource ?? {}, {connection: 'Connecting', peerRole: 'Unknown', peerDisk, replication: 'Off'});
};

/** The peer is gone without a word: a Primary freezes its I/O and asks the handler. */
export function lost(world: World, host: Host): void {
	const {resource} = host;
	if (!(host.on && resource) || resource.connection !== 'Connected') {
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
