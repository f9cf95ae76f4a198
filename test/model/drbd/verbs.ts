// What DRBD does when it is told.
import type {Verb} from '../../../lib/drbd/machine.ts';
import {become, goOn, lose} from './kernel.ts';
import {asking, connected, type Name, type Node, other, type World} from './world.ts';

/** What became of a verb: the kernel did it, or refused, or is at it (fence-peer is asked). */
export type Became = 'done' | 'refused' | 'asks';

export function told(world: World, name: Name, verb: Verb): Became {
	const node = world[name];
	const {drbd} = node;
	switch (verb) {
		case 'adjust':
			adjust(node);
			return 'done';
		case 'primary':
			return primary(world, name);
		case 'secondary':
			if (node.pool || !drbd || (drbd.connection === 'Connected' && !connected(world))) {
				return 'refused';
			}
			become(world, name, 'Secondary');
			return 'done';
		case 'disconnect':
			Object.assign(drbd ?? {}, {connection: 'StandAlone', peerRole: 'Unknown', peerDisk: 'DUnknown'});
			return 'done';
		case 'down':
			down(world, name);
			return 'done';
		default:
			return verb satisfies never;
	}
}

function adjust(node: Node): void {
	if (!node.drbd) {
		node.drbd = {
			role: 'Secondary',
			disk: node.quality === 'UpToDate' && !node.alone ? 'Consistent' : node.quality,
			connection: 'Connecting',
			peerRole: 'Unknown',
			peerDisk: node.alone ? 'Outdated' : 'DUnknown',
			held: false,
		};
	} else if (node.drbd.connection === 'StandAlone') {
		node.drbd.connection = 'Connecting';
	}
}

function primary(world: World, name: Name): Became {
	const node = world[name];
	const {drbd} = node;
	if (!drbd || drbd.peerRole === 'Primary') {
		return 'refused';
	}
	if (drbd.connection === 'Connected') {
		// Both kernels agree on it.
		if (!connected(world) || world[other(name)].drbd?.role === 'Primary' || (drbd.disk !== 'UpToDate' && drbd.peerDisk !== 'UpToDate')) {
			return 'refused';
		}
		become(world, name, 'Primary');
		return 'done';
	}
	if (drbd.peerDisk === 'DUnknown' && (drbd.disk === 'Consistent' || drbd.disk === 'UpToDate')) {
		node.handler ??= asking('Secondary');
		return 'asks';
	}
	if (drbd.disk !== 'UpToDate') {
		return 'refused';
	}
	become(world, name, 'Primary');
	goOn(world, name);
	return 'done';
}

/** A Secondary that leaves a Primary outdates itself, so that the Primary need not fence. */
function down(world: World, name: Name): void {
	const [node, peer] = [world[name], world[other(name)]];
	if (connected(world) && node.drbd) {
		const left = peer.drbd?.role === 'Primary';
		if (left && node.quality === 'UpToDate') {
			node.quality = 'Outdated';
		}
		lose(peer, left ? 'Outdated' : 'DUnknown');
		if (left) {
			goOn(world, other(name));
		}
	}
	node.drbd = undefined;
	if (node.handler) {
		node.handler.orphan = true;
	}
}
