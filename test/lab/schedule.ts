/** Which fault comes when: by a seed, so that the same one comes again. Pure. */
import {createHash} from 'node:crypto';
import type {Role, Trouble} from './fault/scene.ts';

export interface Occasion<T> {
	readonly trouble: T;
	readonly role: Role;
}

type Named = Pick<Trouble, 'name' | 'roles'>;

const both: readonly Role[] = ['holder', 'standby'];
/** A number's place in an order that nobody would guess, and that is the same on every machine. */
const chance = (seed: number, ...words: (string | number)[]): string =>
	createHash('sha256')
		.update([seed, ...words].join('\n'))
		.digest('hex');

const shuffled = <T extends Named>(troubles: readonly T[], seed: number, deal: number): T[] =>
	troubles
		.map(trouble => ({trouble, place: chance(seed, deal, trouble.name)}))
		.toSorted((one, two) => one.place.localeCompare(two.place))
		.map(({trouble}) => trouble);

/**
 * So many occasions: every trouble once before any comes again, in another order each time. Holder and standby take turns in the first
 * deal, and each trouble changes sides with every deal.
 */
export function schedule<T extends Named>(troubles: readonly T[], seed: number, count: number): Occasion<T>[] {
	const first = new Map(shuffled(troubles, seed, 0).map(({name}, index) => [name, index]));
	return Array.from({length: count}, (_, index) => {
		const deal = Math.floor(index / Math.max(1, troubles.length));
		const trouble = shuffled(troubles, seed, deal)[index % troubles.length];
		if (!trouble) {
			throw new Error('there is nothing to choose from');
		}
		const {roles = both, name} = trouble;
		const role = roles[(seed + deal + (first.get(name) ?? 0)) % roles.length];
		return {trouble, role: role ?? 'holder'};
	});
}
