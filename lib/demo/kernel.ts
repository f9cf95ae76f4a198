import {connect, lose, newGeneration} from './connection.ts';
import {type Fencing, fencePeer} from './fencing.ts';
import type {Host, Resource} from './host.ts';
import {heldOpen, noData, notOutdated, twoPrimaries} from './refused.ts';
import type {World} from './world.ts';

/** Milliseconds that the kernels take to find each other. */
const HANDSHAKE = 60;

/** `up` or `adjust`: attach the disk with what its metadata says, and look for the peer. */
export function adjust(world: World, host: Host): void {
	const {store} = host;
	if (!host.resource) {
		const peerDisk = store.peerOutdated ? 'Outdated' : 'DUnknown';
		const disk = store.quality === 'UpToDate' && !store.peerOutdated ? 'Consistent' : store.quality;
		host.resource = {
			role: 'Secondary',
			connection: 'Connecting',
			peerRole: 'Unknown',
			disk,
			peerDisk,
			replication: 'Off',
			done: 0,
			frozen: false,
			busy: false,
		};
		world.say(host.name, 'kernel', `disk:${disk}`);
	} else if (host.resource.connection === 'StandAlone') {
		host.resource.connection = 'Connecting';
	} else if (host.resource.disk === 'Diskless') {
		host.resource.disk = store.quality;
	}
	world.changed();
	setTimeout(() => connect(world), HANDSHAKE);
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
	} else if (!(await trusted(world, host, mine))) {
		return;
	}
	mine.role = 'Primary';
	see(world, host, 'Primary');
}

/** Without the peer: its handler must have seen to it that the peer stays behind, and the data must be good. */
async function trusted(world: World, host: Host, mine: Resource): Promise<boolean> {
	const ask = mine.peerDisk === 'DUnknown' && ['Consistent', 'UpToDate'].includes(mine.disk);
	const fencing: Fencing = ask ? await fencePeer(world, host) : 'as it is';
	if (host.resource !== mine) {
		return false;
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
	return true;
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

/** `drbdsetup disconnect --force`: this side gives the connection up; a peer that is dead does not notice. */
export function disconnect(world: World, {resource}: Host): void {
	if (resource) {
		Object.assign(resource, {connection: 'StandAlone', peerRole: 'Unknown', peerDisk: 'DUnknown', replication: 'Off'});
		world.changed();
	}
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
