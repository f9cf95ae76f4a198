/** What may come of a fault, and whether what came is that. Pure. */
import {type Node, other} from './config.ts';
import type {Fault, Role} from './fault/scene.ts';

export interface Expected {
	readonly from: Node;
	/** Who is fenced for certain, and who may be: one of them at most. */
	readonly victim: Node | undefined;
	readonly perhaps: readonly Node[];
	readonly moves: boolean;
	/** Where the service is then; nothing where that is open. */
	readonly to: Node | undefined;
}

export function expect({fenced, perhaps = [], moves: may}: Pick<Fault, 'fenced' | 'perhaps' | 'moves'>, from: Node): Expected {
	const at: Readonly<Record<Role, Node>> = {holder: from, standby: other(from)};
	const moves = may === true;
	const open = moves || perhaps.includes('holder');
	const to = fenced === 'holder' ? at.standby : from;
	return {from, victim: fenced && at[fenced], perhaps: perhaps.map(role => at[role]), moves, to: open ? undefined : to};
}

export const words = ({victim, perhaps, to}: Expected): string => {
	const certain = victim ? `${victim} is fenced, and nobody else` : 'nobody is fenced';
	const fenced = perhaps.length > 0 ? `nobody but ${perhaps.join(' or ')} is fenced` : certain;
	return `${fenced}; the pool is on ${to ?? 'one of them'}`;
};

/**
 * Nobody but the one who had to be, or might be, was started anew, and the service is where it then has to be. Gives what came.
 * @throws something else did
 */
export function judge({from, victim, perhaps, moves}: Expected, anew: readonly Node[], is: Node): string {
	const allowed = victim ? [[victim]] : [[], ...perhaps.map(node => [node])];
	const place = anew.includes(from) ? other(from) : from;
	const says = `fenced: ${anew.join(' and ') || 'nobody'}; the pool is on ${is}`;
	if (!allowed.some(nodes => nodes.join() === anew.join())) {
		throw new Error(`${says}; to be fenced was ${allowed.map(nodes => nodes.join() || 'nobody').join(' or ')}`);
	}
	if (!moves && is !== place) {
		throw new Error(`${says}, not on ${place}`);
	}
	return says;
}

/** A service that is fenced away, or stays, is written on one node after the other, once; one that may be moved, as often as that. */
export function oneWriter(records: readonly {node: Node}[], {moves}: Expected): void {
	const turns = records.filter(({node}, index) => node !== records[index - 1]?.node).map(({node}) => node);
	if (!moves && turns.length > 2) {
		throw new Error(`records were acknowledged by ${turns.join(', ')} in turn`);
	}
}
