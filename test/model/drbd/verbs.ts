// What DRBD does when it is told.
import type {Verb} from '../../../lib/drbd/machine.ts';
import {type Name, other} from '../pair.ts';
import {ask, become, goOn, lose, orphaned} from './kernel.ts';
import {connected, type Node, type World} from './world.ts';

/** A verb that is refused changes nothing, and one that has fence-peer asked changes nothing yet. */
export function told(world: World, name: Name, verb: Verb): void {
	const {drbd, pool} = world[name];
	switch (verb) {
		case 'adjust':
			adjust(world[name]);
			break;
		case 'primary':
			primary(world, name);
			break;
		case 'secondary':
			// The peer is told, where there is one.
			if (drbd && !pool && (drbd.connection !== 'Connected' || connected(world))) {
				become(world, name, 'Secondary');
			}
			break;
		case 'disconnect':
			Object.assign(drbd ?? {}, {
				connection: 'StandAlone',
				peerRole: 'Unknown',
				peerDisk: drbd?.peerDisk === 'Inconsistent' ? 'Inconsistent' : 'DUnknown',
			});
			break;
		default:
			down(world, name);
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

function primary(world: World, name: Name): void {
	const node = world[name];
	const {drbd} = node;
	if (!drbd || drbd.peerRole === 'Primary') {
		return;
	}
	if (drbd.connection === 'Connected') {
		// Both kernels agree on it.
		const agreed = connected(world) && world[other(name)].drbd?.role !== 'Primary';
		if (agreed && (drbd.disk === 'UpToDate' || drbd.peerDisk === 'UpToDate')) {
			become(world, name, 'Primary');
		}
	} else if (drbd.peerDisk === 'DUnknown' && (drbd.disk === 'Consistent' || drbd.disk === 'UpToDate')) {
		ask(node, 'Secondary');
	} else if (drbd.disk === 'UpToDate') {
		become(world, name, 'Primary');
		goOn(world, name);
	}
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
	orphaned(node);
}
