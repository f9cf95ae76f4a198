// What DRBD 8.4 does by itself, with "fencing resource-and-stonith" and after-resync-target.
import {FENCE, type FenceCode} from '../../../lib/fence/codes.ts';
import {type Move, NAMES, type Name, other, wired} from '../pair.ts';
import {forgetLook} from './cluster.ts';
import {writable, write} from './constraint.ts';
import type {Rules} from './rules.ts';
import {after, asking, connected, type Drbd, type Node, type World} from './world.ts';

/**
 * What fence-peer answers is for a connection that is over, or was there again meanwhile (connect_cnt): it is ignored. That takes longer than
 * the age at which fence-peer acts on a look: it looks again.
 */
export function orphaned(node: Node): void {
	forgetLook(node);
	if (node.handler) {
		node.handler.orphan = true;
	}
}

/** One that is ignored does not keep another one from being asked. */
export function ask(node: Node, role: Drbd['role']): void {
	if (!node.handler || node.handler.orphan) {
		node.handler = asking(role);
	}
}

/** The mark of a Primary that goes on without its peer: DRBD's new generation. */
export const goOn = (world: World, name: Name): void => {
	const node = world[name];
	if (!node.alone) {
		node.data += name === 'alpha' ? 'A' : 'B';
	}
	node.alone = true;
};

export function* kernel(world: World, rules: Rules): Iterable<Move<World>> {
	for (const name of NAMES) {
		const {power, drbd} = world[name];
		if (power === 'on' && drbd?.connection === 'Connected' && !connected(world)) {
			yield after(world, `${name}: DRBD loses its connection`, next => lose(next[name]));
		}
	}
	if (wired(world) && NAMES.every(name => world[name].drbd?.connection === 'Connecting')) {
		yield after(world, 'DRBD connects', next => connect(next, rules));
	}
	const target = NAMES.find(name => connected(world) && world[name].drbd?.disk === 'Inconsistent');
	if (target && world[other(target)].drbd?.disk === 'UpToDate') {
		yield after(world, `${target}: the resync is done`, next => resynced(next, target, rules));
	}
	const source = NAMES.find(name => connected(world) && world[name].drbd?.peerDisk === 'Inconsistent');
	if (source && world[other(source)].drbd?.disk === 'UpToDate') {
		yield after(world, `${source}: hears that the resync is done`, next => heard(next, source));
	}
}

export function lose(node: Node, peerDisk: Drbd['peerDisk'] = 'DUnknown'): void {
	const {drbd} = node;
	if (drbd) {
		// Of a peer that is only being resynced nothing is to be feared: its disk stays on record as such, and nobody is asked.
		const known = drbd.peerDisk === 'Inconsistent' ? drbd.peerDisk : peerDisk;
		Object.assign(drbd, {connection: 'Connecting', peerRole: 'Unknown', peerDisk: known});
		if (drbd.role === 'Primary' && known === 'DUnknown') {
			drbd.held = true;
			if (drbd.disk === 'UpToDate') {
				ask(node, 'Primary');
			}
		}
	}
}

const newer = (one: string, than: string): boolean => one !== than && one.startsWith(than);

/** Who has the better data by what the metadata say: `both` have the same, `neither` descends from the other. */
function source(world: World): Name | 'both' | 'neither' {
	const good = NAMES.filter(name => world[name].quality !== 'Inconsistent');
	if (good.length < 2) {
		return good[0] ?? 'both';
	}
	return (
		NAMES.find(name => newer(world[name].data, world[other(name)].data)) ?? (world.alpha.data === world.bravo.data ? 'both' : 'neither')
	);
}

function connect(world: World, rules: Rules): void {
	const from = source(world);
	const target = from === 'alpha' || from === 'bravo' ? other(from) : undefined;
	const primaries = NAMES.filter(name => world[name].drbd?.role === 'Primary');
	// A Primary does not give way to the other one's data.
	if (from === 'neither' || primaries.length === 2 || (target && primaries.includes(target))) {
		for (const name of NAMES) {
			Object.assign(world[name].drbd ?? {}, {connection: 'StandAlone', held: primaries.includes(name)});
		}
		return;
	}
	const best = NAMES.some(name => world[name].quality === 'UpToDate') ? 'UpToDate' : 'Outdated';
	if (target) {
		beforeResync(world, target, rules);
	}
	for (const name of NAMES) {
		world[name].quality = name === target ? 'Inconsistent' : best;
		world[name].alone &&= target !== undefined;
	}
	for (const name of NAMES) {
		const [{drbd, quality}, peer] = [world[name], world[other(name)]];
		Object.assign(drbd ?? {}, {connection: 'Connected', peerRole: peer.drbd?.role, disk: quality, peerDisk: peer.quality, held: false});
		orphaned(world[name]);
	}
	if (!target) {
		world.alpha.owner = owner(world);
		world.bravo.owner = world.alpha.owner;
	}
}

/** before-resync-target, for which the kernel waits: where no constraint stands, or its own, that of the source is written. */
function beforeResync(world: World, target: Name, rules: Rules): void {
	const node = world[target];
	if (rules.forbids && writable(world, target) && node.rule !== other(target)) {
		write(world, target, other(target), {mark: !node.mark});
	}
}

/** The data are the same, and so is the label: of a Primary's import that nobody wrote after, it is the Primary's. */
const owner = (world: World): Node['owner'] => world[NAMES.find(name => world[name].drbd?.role === 'Primary') ?? 'alpha'].owner;

function resynced(world: World, target: Name, rules: Rules): void {
	const [to, from] = [world[target], world[other(target)]];
	Object.assign(to, {
		data: from.data,
		owner: from.owner,
		quality: 'UpToDate',
		alone: false,
		lifting: rules.targetLifts ? 'looks' : to.lifting,
	});
	Object.assign(to.drbd ?? {}, {disk: 'UpToDate'});
}

/** The end of the resync on the side that it came from: the last acknowledgement. */
function heard(world: World, source: Name): void {
	const from = world[source];
	Object.assign(from, {alone: false, lifting: from.lifting || 'looks'});
	Object.assign(from.drbd ?? {}, {peerDisk: 'UpToDate'});
}

export function become(world: World, name: Name, role: Drbd['role']): void {
	const [{drbd}, peer] = [world[name], world[other(name)]];
	if (drbd) {
		drbd.role = role;
		drbd.held = false;
		if (connected(world) && peer.drbd) {
			peer.drbd.peerRole = role;
		}
	}
}

/** fence-peer's exit code, as both kernels read it (conn_try_outdate_peer). */
export function answered(world: World, name: Name, code: FenceCode): void {
	const node = world[name];
	const {drbd, handler} = node;
	node.handler = undefined;
	if (!(drbd && handler) || handler.orphan || drbd.connection === 'Connected') {
		return;
	}
	if (code === FENCE.PRIMARY) {
		drbd.disk = 'Outdated';
		node.quality = 'Outdated';
	}
	const yes =
		code === FENCE.INCONSISTENT || code === FENCE.OUTDATED || code === FENCE.FENCED || (code === FENCE.DOWN && drbd.disk === 'UpToDate');
	if (!yes) {
		return;
	}
	drbd.peerDisk = code === FENCE.INCONSISTENT ? 'Inconsistent' : 'Outdated';
	if (drbd.disk === 'Consistent') {
		drbd.disk = 'UpToDate';
	}
	// A promotion asked; or a Primary, which may have been demoted meanwhile.
	if (drbd.disk === 'UpToDate' && (handler.role === 'Secondary' || drbd.role === 'Primary')) {
		become(world, name, 'Primary');
		goOn(world, name);
	}
}
