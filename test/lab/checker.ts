/** Whether the pool still has what was acknowledged. */
import type {Acknowledged} from './writer.ts';

/**
 * Why the file does not hold every acknowledged record, in order and whole; nothing when it does. A part of a record is left where
 * writing went on elsewhere, and where a write failed, as for want of room: `failed` of them did.
 */
export function missing(text: string, run: string, acknowledged: readonly Acknowledged[], failed: number): string | undefined {
	const whole = /^(\d+) (\S+) x{200}$/u;
	const numbers: number[] = [];
	const torn: number[] = [];
	for (const line of text.split('\n').slice(0, -1)) {
		const [, number, owner] = whole.exec(line) ?? [];
		if (number === undefined) {
			torn.push(numbers.length);
		} else if (owner === run) {
			numbers.push(Number(number));
		}
	}
	const there = new Set(numbers);
	const lost = acknowledged.filter(({number}) => !there.has(number));
	if (lost.length > 0) {
		const [first] = lost;
		return `${lost.length} of ${acknowledged.length} acknowledged records are lost, the first is ${first?.number} of ${first?.node}`;
	}
	const back = numbers.findIndex((number, index) => number < (numbers[index - 1] ?? 0));
	if (back >= 0) {
		return `record ${numbers[back]} stands after ${numbers[back - 1]}`;
	}
	const seams = acknowledged.filter(({node}, index) => index > 0 && node !== acknowledged[index - 1]?.node).length;
	if (torn.length > seams + failed) {
		return `${torn.length} records are torn, but writing stopped ${seams} times, and ${failed} writes failed`;
	}
	return undefined;
}
