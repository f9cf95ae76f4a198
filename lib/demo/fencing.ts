import {existsSync} from 'node:fs';
import type {Host} from './host.ts';
import {runProgram} from './program.ts';
import {RESOURCE, type World} from './world.ts';

/** What the kernel made of the handler's answer. */
export type Fencing = 'peer outdated' | 'not fenced' | 'as it is';

/** How the kernel reads fence-peer's exit code (conn_try_outdate_peer, both versions). */
export async function fencePeer(world: World, host: Host): Promise<Fencing> {
	const {resource} = host;
	const exit = typeof world.options.fencePeer === 'number' ? world.options.fencePeer : await handler(world, host, 'fence-peer');
	if (!resource || host.resource !== resource || resource.connection === 'Connected') {
		return 'not fenced';
	}
	switch (exit) {
		case 3:
			resource.peerDisk = 'Inconsistent';
			return 'peer outdated';
		case 5:
			if (resource.disk !== 'UpToDate') {
				return 'not fenced';
			}
			resource.peerDisk = 'Outdated';
			return 'peer outdated';
		case 4:
		case 7:
			resource.peerDisk = 'Outdated';
			return 'peer outdated';
		case 6:
			resource.disk = 'Outdated';
			host.store.quality = 'Outdated';
			return 'not fenced';
		default:
			world.say(host.name, 'kernel', `fence-peer helper broken, returned ${exit}`);
			return 'not fenced';
	}
}

/** The end of a resync: unfence-peer on the source, after-resync-target for every volume on the target. */
export async function afterResync(world: World, source: Host, target: Host): Promise<void> {
	await handler(world, source, 'unfence-peer');
	for (const volume of minors(world)) {
		await handler(world, target, 'after-resync-target', volume);
	}
}

/** Run a built handler as the kernel does, through drbdadm: a bare environment and DRBD's own variables. */
async function handler(world: World, host: Host, event: string, volume?: number): Promise<number> {
	const program = `usr/lib/drbd/twinpool-${event}`;
	if (!existsSync(`${world.options.programs}/${program}`)) {
		return 0;
	}
	const {exit} = await runProgram(world, host, program, {
		kind: 'handler',
		label: event,
		timeout: 600_000,
		env: world.options.drbd === '8.4' ? variables84(world, host, volume) : variables9(world, host, event),
	});
	return exit;
}

const minors = ({options}: World): number[] => Array.from({length: options.volumes}, (_, minor) => minor);
const BARE = {HOME: '/', TERM: 'linux', DRBD_CONF: '/etc/drbd.conf', DRBD_RESOURCE: RESOURCE};

/** capture drbd-8.4.11, handlers.log */
function variables84(world: World, host: Host, volume: number | undefined): Record<string, string> {
	const peer = world.peer(host);
	return {
		...BARE,
		DRBD_DONT_WARN_ON_VERSION_MISMATCH: '1',
		DRBD_PEER: peer.name,
		DRBD_PEERS: peer.name,
		DRBD_PEER_ADDRESS: peer.address,
		DRBD_PEER_AF: 'ipv4',
		...(volume === undefined
			? {DRBD_MINOR: minors(world).join(' ')}
			: {DRBD_MINOR: `${volume}`, DRBD_VOLUME: `${volume}`, DRBD_LL_DISK: backing(volume)}),
	};
}

/** capture drbd-9.2.8, handlers.log */
function variables9(world: World, host: Host, event: string): Record<string, string> {
	const peer = world.peer(host);
	const all = minors(world);
	const connected = host.resource?.connection === 'Connected';
	return {
		...BARE,
		...Object.fromEntries(
			all.flatMap(minor => [
				[`DRBD_BACKING_DEV_${minor}`, backing(minor)],
				[`DRBD_MINOR_${minor}`, `${minor}`],
			]),
		),
		...Object.fromEntries(Object.values(world.hosts).map(({id, name}) => [`DRBD_NODE_ID_${id}`, name])),
		DRBD_CSTATE: connected ? 'Connected' : (host.resource?.role === 'Primary' && 'NetworkFailure') || 'Connecting',
		DRBD_LL_DISK: all.map(backing).join(' '),
		DRBD_MINOR: all.join(' '),
		DRBD_VOLUME: all.join(' '),
		DRBD_MY_ADDRESS: host.address,
		DRBD_MY_AF: 'ipv4',
		DRBD_MY_NODE_ID: `${host.id}`,
		DRBD_PEER_ADDRESS: peer.address,
		DRBD_PEER_AF: 'ipv4',
		DRBD_PEER_NODE_ID: `${peer.id}`,
		...(event.includes('fence') ? {UP_TO_DATE_NODES: `0x0000000${connected ? 3 : 1 << host.id}`} : {}),
	};
}

/** The disk under a volume, as the captured hosts had them. */
export const backing = (volume: number): string => ['/dev/vdc', '/dev/vdb'][volume] ?? `/dev/vd${String.fromCharCode(100 + volume)}`;
