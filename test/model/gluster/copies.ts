// The lease of the volume, and what is known of the other node.
import {type Change, cibOf, compareAndSet, copyOf, member} from '../lease.ts';
import {type Move, type Name, other} from '../pair.ts';
import type {Rules} from './rules.ts';
import {after, type Node, type World} from './world.ts';

/** Why no fewer copies may take writes, by what this node saw of the other one. */
export const doubted = (name: Name, node: Node, sees: Node['sees'], rules: Rules): string | undefined =>
	rules.doubt(cibOf(name, node, member(other(name), sees)), name);

export const set = (world: World, name: Name, change: Change<World>, {matches}: Rules, sentence: string): Iterable<Move<World>> =>
	compareAndSet(world, name, change, {after, matches}, sentence);

/** Whether nobody is in doubt, this node still has what was written, and every member shows it in its own copy. */
export function shown(world: World, name: Name, rules: Rules): boolean {
	const node = world[name];
	const sees = rules.late ? node.sees : node.asked;
	const known = sees !== 'member' || rules.shows(copyOf(world, name), node.next);
	// Who is fenced meanwhile is not waited for.
	const gone = node.sees !== 'member' && doubted(name, node, node.sees, rules) === undefined;
	return node.pacemaker && node.lease === node.next && (known || gone) && (!rules.late || doubted(name, node, sees, rules) === undefined);
}
