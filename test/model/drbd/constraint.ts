// The constraint in the CIB: when it can be written, and in which copies.
import {NAMES, type Name, united} from '../pair.ts';
import type {Node, World} from './world.ts';

/** A write waits while corosync has yet to find out that the other one is out of reach. */
export const writable = (world: World, name: Name): boolean =>
	world[name].pacemaker && world[name].quorum && (united(world) || world[name].sees !== 'member');

/** So many changes are told apart. */
const MOST = 3;

/** Change the constraint, in both copies of the CIB where they are one. */
export function write(world: World, name: Name, rule: Node['rule'], {mark}: Pick<Node, 'mark'> = world[name]): void {
	for (const each of NAMES) {
		// There are two marks, and this one is new again.
		if (mark !== world[name].mark && world[each].lifting === `${rule} ${mark}`) {
			world[each].lifting = 'old';
		}
	}
	if (united(world)) {
		Object.assign(world.alpha, {rule, mark});
		Object.assign(world.bravo, {rule, mark});
	} else {
		Object.assign(world[name], {rule, mark, edits: Math.min(MOST, world[name].edits + 1)});
	}
}
