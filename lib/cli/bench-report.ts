import * as z from 'zod/mini';
import {parsed} from '../cluster/seen.ts';
import {type Figures, PERCENTILES, type Settings, WORKLOADS, type Workload} from './bench-fio.ts';
import type {Layout} from './bench-place.ts';

/** One workload in one place: the median of the rounds, and what it is of the local pool's. */
export interface Measured extends Figures {
	ratio?: {iops: number; latency: number};
	rounds: Figures[];
}

/** What a drill found, in seconds. */
export interface Drilled {
	/** The longest time without a write, in a planned move and after a fencing. */
	move?: number;
	power?: number;
	/** From the first write elsewhere until the replication was whole. */
	recovery?: number;
}

export interface Row {
	layout: Layout;
	/** The pool, or the volume. */
	name: string;
	directory: string;
	read: Measured;
	write: Measured;
	drill?: Drilled;
	/** The dataset's properties that tell why it is as fast as it is. */
	properties: Record<string, string>;
	/** What was not as it should be while it was measured. */
	notes: string[];
}

export interface Bench {
	/** ISO. */
	began: string;
	host: string;
	/** As it calls itself. */
	fio: string;
	settings: Settings;
	/** The local pool that the ratios are to; nothing where none was measured. */
	local?: string;
	rows: Row[];
}

const middle = (values: readonly number[]): number => {
	const sorted = [...values].sort((one, other) => one - other);
	const half = (sorted.length - 1) / 2;
	return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
};

/** The median of each figure; a percentile that not every round has is left out. */
export function median(rounds: readonly Figures[]): Figures {
	const latency: Figures['latency'] = {mean: middle(rounds.map(one => one.latency.mean))};
	for (const percentile of PERCENTILES) {
		const values = rounds.flatMap(one => one.latency[`p${percentile}`] ?? []);
		if (values.length === rounds.length) {
			latency[`p${percentile}`] = middle(values);
		}
	}
	return {iops: middle(rounds.map(({iops}) => iops)), latency};
}

/** The rounds of a workload, beside those of the local pool. */
export function measured(rounds: Figures[], local: readonly Figures[] | undefined): Measured {
	const own = median(rounds);
	const base = local && median(local);
	return {
		...own,
		...(base && {ratio: {iops: own.iops / base.iops, latency: own.latency.mean / base.latency.mean}}),
		rounds,
	};
}

const MOMENTS = z.object({how: z.enum(['move', 'power']), gap: z.object({from: z.number(), to: z.number()}), whole: z.number()});
const DRILL = z.object({pool: z.string(), legs: z.array(MOMENTS).check(z.minLength(1))});

/** The JSON that a drill left. Of more ways than one the slowest counts. Nothing when it is none. */
export function drilled(text: string): {pool: string; drill: Drilled} | undefined {
	const seen = parsed(DRILL, text);
	if (!seen) {
		return undefined;
	}
	const drill: Drilled = {recovery: Math.max(...seen.legs.map(({gap, whole}) => whole - gap.to)) / 1000};
	for (const {how, gap} of seen.legs) {
		drill[how] = Math.max(drill[how] ?? 0, (gap.to - gap.from) / 1000);
	}
	return {pool: seen.pool, drill};
}

/** Two drills of the same pool: the slower one counts. */
export function together(one: Drilled | undefined, other: Drilled): Drilled {
	const entries = Object.entries(other) as [keyof Drilled, number][];
	return {...one, ...Object.fromEntries(entries.map(([name, value]) => [name, Math.max(one?.[name] ?? 0, value)]))};
}

const SOLUTIONS: Record<Layout, string> = {local: 'Local pool', drbd: 'DRBD+ZFS', iscsi: 'ZFS+iSCSI', gluster: 'ZFS+Gluster'};
const NONE = '-';

const counted = (value: number): string => Math.round(value).toLocaleString('en-US');
const ms = (value: number | undefined): string => (value === undefined ? NONE : `${value.toFixed(value < 10 ? 2 : 1)} ms`);
const s = (value: number | undefined): string => (value === undefined ? NONE : `${value.toFixed(1)} s`);
const to = (ratio: number | undefined): string => (ratio === undefined ? '' : ` (${ratio.toFixed(2)})`);
const solution = ({layout, name}: Row): string => `${SOLUTIONS[layout]} ${name}`;

const failover = (drill: Drilled | undefined): string =>
	drill?.power === undefined ? s(drill?.move) + (drill?.move === undefined ? '' : ', moved') : `${s(drill.power)}, fenced`;

type Table = readonly (readonly string[])[];

/** The comparison: IOPS and latency with their ratios, and what drills found. */
const comparison = (rows: readonly Row[]): Table => [
	['Solution', '4k random read (IOPS)', '4k random write (IOPS)', 'Write latency', 'Failover', 'Recovery'],
	...rows.map(row => [
		solution(row),
		`${counted(row.read.iops)}${to(row.read.ratio?.iops)}`,
		`${counted(row.write.iops)}${to(row.write.ratio?.iops)}`,
		`${ms(row.write.latency.mean)}${to(row.write.ratio?.latency)}`,
		failover(row.drill),
		s(row.drill?.recovery),
	]),
];

const latencies = (rows: readonly Row[]): Table => [
	['Latency', 'mean', ...PERCENTILES.map(one => `${one} %`)],
	...rows.flatMap(row => WORKLOADS.map(workload => latenciesOf(row, workload))),
];

function latenciesOf(row: Row, workload: Workload): string[] {
	const {mean, ...rest} = row[workload].latency;
	return [`${solution(row)} ${workload}`, `${ms(mean)}${to(row[workload].ratio?.latency)}`, ...PERCENTILES.map(one => ms(rest[`p${one}`]))];
}

/** As Markdown has it; where that is wider than the terminal, a line a figure. */
function table([head = [], ...rows]: Table, columns: number): string {
	const widths = head.map((title, index) => Math.max(...[head, ...rows].map(row => (row[index] ?? '').length), title.length));
	const total = widths.reduce((sum, width) => sum + width + 3, 1);
	if (total > columns) {
		const wide = Math.max(...head.map(title => title.length));
		const lines = rows.map(([first = '', ...cells]) => [
			first,
			...cells.map((cell, index) => `  ${(head[index + 1] ?? '').padEnd(wide)}  ${cell}`),
		]);
		return lines.flat().join('\n');
	}
	const line = (cells: readonly string[]): string => `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
	return [line(head), `|${widths.map(width => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}

/** All of it as text, for a terminal that is so wide. */
export function report({rows, local, settings}: Bench, columns: number): string {
	const {runtime, rounds, jobs, size} = settings;
	const how = `${jobs} at a time in a file of ${size} MiB; writes are synced; median of ${rounds} x ${runtime} s`;
	const base =
		local === undefined
			? 'no local pool was measured: there are no ratios'
			: `in brackets: as a ratio to ${local}, the local pool, in this run`;
	const notes = rows.flatMap(row => row.notes.map(note => `${solution(row)}: ${note}`));
	return `${table(comparison(rows), columns)}\n\n${table(latencies(rows), columns)}\n\n${[how, base, ...notes].join('\n')}\n`;
}
