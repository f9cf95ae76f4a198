// What was seen of a thing over time, against its machine: a jump that the machine has no way for is a surprise.
import {type AnyMachineSnapshot, getNextTransitions, type StateValue, transition} from 'xstate';
import type {Here} from '../../lib/lifecycle.ts';
import {search} from '../../lib/search.ts';

/** Each region's word; that of a machine without regions under no name. */
const words = (value: StateValue, name = ''): Map<string, string> =>
	typeof value === 'string'
		? new Map([[name, value]])
		: new Map(Object.entries(value).flatMap(([key, inner]) => [...words(inner ?? '', key)]));

const changed = (one: StateValue, two: StateValue): string[] => {
	const [before, after] = [words(one), words(two)];
	return [...new Set([...before.keys(), ...after.keys()])].filter(region => before.get(region) !== after.get(region));
};

/** The fewest moves, of whomever, that lead from one to the other and move nothing else meanwhile; nothing where there is no such way. */
function way({machine, context}: Here, from: StateValue, to: StateValue): string[] | undefined {
	const moved = changed(from, to);
	function* next(at: AnyMachineSnapshot): Iterable<[string, AnyMachineSnapshot]> {
		for (const {eventType: type} of getNextTransitions(at)) {
			// What is seen carries its region's name: others are not even tried.
			const [region = '', word] = type.split(':');
			const mine = word === undefined || moved.includes(region) || moved.includes('');
			const after = mine && at.can({type}) ? transition(machine, at, {type})[0] : undefined;
			if (after && changed(from, after.value).every(region => moved.includes(region) || moved.includes(''))) {
				yield [type, after];
			}
		}
	}
	const wanted = JSON.stringify(to);
	for (const {state, path} of search(machine.resolveState({value: from, context}), next, at => JSON.stringify(at.value))) {
		if (JSON.stringify(state.value) === wanted) {
			return path;
		}
	}
	return undefined;
}

/** What was found before: the same jumps are in every recording. */
const ways = new Map<string, string[] | undefined>();

/**
 * Every jump between two looks that is a surprise, in words. `most` moves a region may have been made unseen between two looks: two where
 * each event was heard, any number where somebody only looked now and then.
 */
export function surprises(looks: readonly Here[], most = Number.POSITIVE_INFINITY): {jumps: number; surprises: string[]} {
	const found: string[] = [];
	let jumps = 0;
	for (const [index, now] of looks.entries()) {
		const before = looks[index - 1];
		const moved = before ? changed(before.value, now.value) : [];
		if (before && moved.length > 0) {
			jumps += 1;
			const jump = JSON.stringify([now.machine.id, now.context, before.value, now.value]);
			const path = ways.has(jump) ? ways.get(jump) : way(now, before.value, now.value);
			ways.set(jump, path);
			if (!path || path.length > most * moved.length) {
				const [one, two] = [words(before.value), words(now.value)];
				const told = moved.map(region => `${region} ${one.get(region) ?? 'none'} -> ${two.get(region) ?? 'none'}`).join(', ');
				found.push(`${told}: ${path ? `only by ${path.join(', ')}` : 'no way'}`);
			}
		}
	}
	return {jumps, surprises: [...new Set(found)]};
}
