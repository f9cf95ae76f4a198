// The volume: what its clients write to, how the copies blame each other, and how they are healed; and the configuration of two glusterds.
import {type Move, NAMES, type Name, other, wired} from '../pair.ts';
import {after, answers, inTalk, type World} from './world.ts';

/** The bricks that a client counts on. */
const bricksOf = (world: World, name: Name): Name[] => NAMES.filter(one => (one === name ? world[name].mine : world[name].theirs));
/** A client that counts on a brick which does not answer waits for it. */
const reached = (world: World, name: Name): boolean =>
	bricksOf(world, name).every(one => (one === name ? world[one].brick : answers(world, name)));

/** The bricks that acknowledge a write of this host's client now; none when it has to wait, or fails. */
export function acknowledge(world: World, name: Name): Name[] {
	const {power, client} = world[name];
	const bricks = bricksOf(world, name);
	return power === 'on' && client > 0 && bricks.length >= client && reached(world, name) ? bricks : [];
}

/** Clients look for a brick that answers every 3 s: this is before one of them has found it. */
export const early = (world: World): boolean =>
	NAMES.some(name => {
		const {power, client, brick, mine, theirs} = world[name];
		return power === 'on' && client > 0 && ((brick && !mine) || (answers(world, name) && !theirs));
	});

/** A brick that ends is seen to be gone where its connections end with it. */
export function endBrick(world: World, name: Name): void {
	Object.assign(world[name], {brick: false, mine: false});
	if (wired(world)) {
		world[other(name)].theirs = false;
	}
}

/**
 * `gluster volume set`: in both glusterds while they know each other, else in this one's alone. With one that is silent and not known to
 * be, it does nothing in time.
 */
export function configure(world: World, name: Name, count: 1 | 2): void {
	if (world.met && !inTalk(world)) {
		return;
	}
	for (const one of world.met ? NAMES : [name]) {
		world[one].count = count;
		world[one].version += 1;
	}
}

export function* volume(world: World): Iterable<Move<World>> {
	for (const name of NAMES.filter(one => world[one].power === 'on')) {
		if (world[name].client > 0) {
			yield* clients(world, name);
		}
		if (world[name].blames && !world[other(name)].blames && answers(world, name) && answers(world, other(name))) {
			yield after(world, `the copy of ${other(name)} is healed`, next => {
				next[other(name)].data = next[name].data;
				next[name].blames = false;
			});
		}
	}
	if (!world.met && inTalk(world)) {
		yield* meet(world);
	}
	if (world.met && !inTalk(world)) {
		yield after(world, 'the glusterds lose each other', next => Object.assign(next, {met: false}));
	}
}

/** The newer configuration is taken by both; two of the same age that differ are refused, for good. */
function* meet(world: World): Iterable<Move<World>> {
	const {alpha, bravo} = world;
	const newer = alpha.version > bravo.version ? alpha : bravo;
	if (alpha.version !== bravo.version || alpha.count === bravo.count) {
		yield after(world, 'the glusterds meet', next => {
			next.met = true;
			for (const name of NAMES) {
				Object.assign(next[name], {version: 0, count: newer.count});
			}
		});
	}
}

function* clients(world: World, name: Name): Iterable<Move<World>> {
	const {client, count, daemon, mine, theirs, brick} = world[name];
	if (daemon && client !== count) {
		yield after(world, `${name}: clients need ${count === 1 ? 'one copy' : 'both copies'}`, next =>
			Object.assign(next[name], {client: count}),
		);
	}
	if (!mine && brick) {
		yield after(world, `${name}: clients find this host's brick`, next => Object.assign(next[name], {mine: true}));
	}
	if (!theirs && answers(world, name)) {
		yield after(world, `${name}: clients find the brick of ${other(name)}`, next => Object.assign(next[name], {theirs: true}));
	}
	const bricks = acknowledge(world, name);
	if (world.writes > 0 && bricks.length > 0) {
		yield after(world, `${name}: a write is acknowledged by ${bricks.join(' and ')}`, next => {
			const write = `${next.writes}`;
			next.writes -= 1;
			next.acked += write;
			for (const one of bricks) {
				next[one].data += write;
				next[one].blames ||= !bricks.includes(other(one));
			}
		});
	}
}
