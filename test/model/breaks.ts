// What may go wrong with two nodes, each within the budget; and what heals, or is switched on again, always.
import {type Kind, type Member, type Move, NAMES, type Name, other, type Pair} from './pair.ts';

type Moves<World> = Iterable<Move<World>>;
/** A move that is counted. */
export type Fault<World> = (sentence: string, change: (next: World) => void) => Move<World>;

/** The links, the power, a node that hangs, and what only this kind of a node suffers. */
export function* faults<World extends Pair<Member>>(
	world: World,
	{after, dead}: Kind<World>,
	ofNode: (world: World, name: Name, fault: Fault<World>) => Moves<World>,
): Moves<World> {
	if (world.faults === 0) {
		return;
	}
	const fault: Fault<World> = (sentence, change) =>
		after(world, sentence, next => {
			next.faults -= 1;
			change(next);
		});
	if (world.storage) {
		yield fault('the storage link is cut', next => Object.assign(next, {storage: false}));
	}
	if (world.link) {
		yield fault('the cluster link is cut', next => Object.assign(next, {link: false}));
	}
	for (const name of NAMES) {
		if (world[name].power !== 'off') {
			yield fault(`${name}: the power is cut`, next => Object.assign(next[name], dead));
		}
		if (world[name].power === 'on') {
			yield fault(`${name} hangs`, next => Object.assign(next[name], {power: 'hung'}));
			yield* ofNode(world, name, fault);
		}
	}
}

/** Pacemaker stops: with all that ran there, or, in maintenance mode, without a care for it. */
export function* leaves<World extends Pair<Member>>(
	world: World,
	name: Name,
	fault: Fault<World>,
	{forgets, uses}: Kind<World>,
): Moves<World> {
	const {pacemaker, action, sees} = world[name];
	if (!pacemaker || action) {
		return;
	}
	for (const as of ['stopped', 'down'] as const) {
		const how = `${as === 'down' ? 'Pacemaker and Corosync stop' : 'Pacemaker stops'}${uses(world[name]) ? ', in maintenance mode' : ''}`;
		yield fault(`${name}: ${how}`, next => {
			Object.assign(next[name], {pacemaker: false, quorum: false, booted: true, sees: 'unknown', ...forgets});
			const peer = next[other(name)];
			if (world.link && peer.power === 'on' && peer.pacemaker && sees === 'member' && peer.sees === 'member') {
				peer.sees = as;
			}
		});
	}
}

/** `apart`: the storage link is not back yet. */
export function* heals<World extends Pair<Member>>(world: World, {after, born, arrives}: Kind<World>, apart = false): Moves<World> {
	if (!(world.storage || apart)) {
		yield after(world, 'the storage link is back', next => Object.assign(next, {storage: true}));
	}
	if (!world.link) {
		yield after(world, 'the cluster link is back', next => {
			next.link = true;
			arrives?.(next);
		});
	}
	for (const name of NAMES) {
		const {power, pacemaker} = world[name];
		if (power === 'hung') {
			yield after(world, `${name} goes on`, next => {
				next[name].power = 'on';
				arrives?.(next);
			});
		} else if (power === 'off') {
			yield after(world, `${name} is switched on`, next => Object.assign(next[name], {power: 'on', pacemaker: true, ...born}));
		} else if (!pacemaker) {
			yield after(world, `${name}: Pacemaker starts`, next => Object.assign(next[name], {pacemaker: true}));
		}
	}
}

/** Whether a move is one of those that heal, or has a node fenced that was still at something. */
export const isMend = (before: Pair<Member>, next: Pair<Member>): boolean =>
	(next.storage && !before.storage) ||
	(next.link && !before.link) ||
	NAMES.some(name => {
		const [was, is] = [before[name], next[name]];
		return is.power === 'on' ? was.power !== 'on' || (is.pacemaker && !was.pacemaker) : was.power === 'on' && was.action !== '';
	});
