/** Clusters and rounds that one run of the lab shares between its suites, so that nothing is raised or cut twice. */
import type {Checks} from './checks.ts';
import {settled} from './cluster.ts';
import type {KindName, Layout} from './kind.ts';
import {raise} from './lab.ts';
import {median, seconds, table} from './report.ts';
import {plannedMove, powerCut, type Round} from './round.ts';
import {stepNames} from './steps.ts';
import {Writer} from './writer.ts';

type Occasion = 'power cut' | 'planned move';

const entries: {name: string; occasion: Occasion; round: Round}[] = [];
let standing: {name: string; writer: Writer} | undefined;

const title = (kind: KindName, layout: Layout): string => (layout === 'zvol' ? `${kind} over zvol` : kind);

/** Raises a cluster of this kind unless it stands and is as it should be. */
export async function cluster(checks: Checks, kind: KindName, layout: Layout): Promise<Writer> {
	const name = title(kind, layout);
	const usable = standing?.name === name && (await settled().catch(() => undefined));
	if (standing && usable) {
		return standing.writer;
	}
	await leave();
	await checks.need(`a cluster stands: ${name}`, () => raise(kind, layout));
	standing = {name, writer: new Writer(`${kind}-${layout}`)};
	return standing.writer;
}

export async function leave(): Promise<void> {
	await standing?.writer.close();
	standing = undefined;
}

const work = {'power cut': powerCut, 'planned move': plannedMove};

/** Adds rounds until there are this many of the kind. */
export async function rounds(checks: Checks, kind: KindName, layout: Layout, occasion: Occasion, wanted: number): Promise<void> {
	const name = title(kind, layout);
	for (let have = taken(name, occasion).length; have < wanted; have += 1) {
		const writer = await cluster(checks, kind, layout);
		const round = await checks.need(`${name}: ${occasion} ${have + 1} of ${wanted}`, () => work[occasion](writer));
		entries.push({name, occasion, round});
	}
}

export const taken = (name: string, occasion: Occasion): number[] =>
	entries.filter(entry => entry.name === name && entry.occasion === occasion).map(({round}) => round.taken);

/** The medians of what was measured, a column a kind, a row a step. */
export function stepTable(occasion: Occasion): string {
	const mine = entries.filter(entry => entry.occasion === occasion);
	const names = [...new Set(mine.map(({name}) => name))];
	const cell = (name: string, step: (typeof stepNames)[number]): string =>
		seconds(median(mine.filter(entry => entry.name === name).flatMap(({round}) => round.steps[step] ?? [])));
	const rows = stepNames.map(step => [step, ...names.map(name => cell(name, step))]);
	const every = ['each', ...names.map(name => taken(name, occasion).map(seconds).join(' '))];
	return table([[`${occasion}, median s`, ...names], ...rows, every]);
}
