/** What a fault cost: how long nothing was written, and until when everything was as before. */
import type {Node} from './config.ts';
import {seconds, table} from './report.ts';

export interface Endured {
	readonly fault: string;
	readonly from: Node;
	readonly to: Node;
	/** Seconds: the longest between two synced writes on one node, between the last on the old and the first on the new one. */
	readonly frozen: number;
	readonly outage: number | undefined;
	/** Seconds from the fault until who had to be was off. */
	readonly fenced: number | undefined;
	/** Seconds from the fault until every guest ran on the new node. */
	readonly guests: number | undefined;
	/** Seconds from the fault, or its end, until everything was as before. */
	readonly whole: number;
}

/** From the last record before the fault on. */
export function gaps(records: readonly {node: Node; at: number}[]): Pick<Endured, 'frozen' | 'outage'> {
	const pairs = records.slice(1).map((record, index) => {
		const {node, at} = records[index] ?? record;
		return {moved: node !== record.node, gap: (record.at - at) / 1000};
	});
	return {
		frozen: Math.max(0, ...pairs.filter(({moved}) => !moved).map(({gap}) => gap)),
		outage: pairs.find(({moved}) => moved)?.gap,
	};
}

export function report(endured: readonly Endured[]): string {
	const head = ['fault, seconds', 'pool', 'off after', 'longest frozen I/O', 'outage', 'guests back', 'as before'];
	const rows = endured.map(({fault, from, to, fenced, frozen, outage, guests, whole}) => [
		fault,
		from === to ? `stays on ${from}` : `${from} to ${to}`,
		...[fenced, frozen, outage, guests, whole].map(seconds),
	]);
	return table([head, ...rows]);
}

/** A row for each that was made more often, with the longest of each figure. */
export function summary(endured: readonly (Endured & {kind: string})[]): string {
	const head = ['the longest of each, seconds', 'times', 'moved', 'frozen I/O', 'outage', 'as before'];
	const rows = [...new Set(endured.map(({kind}) => kind))].sort().map(kind => {
		const all = endured.filter(one => one.kind === kind);
		const longest = (pick: (one: Endured) => number | undefined): string => {
			const values = all.flatMap(one => pick(one) ?? []);
			return seconds(values.length > 0 ? Math.max(...values) : undefined);
		};
		const moved = all.filter(({from, to}) => from !== to).length;
		return [kind, `${all.length}`, `${moved}`, longest(({frozen}) => frozen), longest(({outage}) => outage), longest(({whole}) => whole)];
	});
	return table([head, ...rows]);
}
