/** Clusters and rounds that one run of the lab shares between its suites, so that nothing is raised or cut twice. */
import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Checks} from './checks.ts';
import {installPackage, settled} from './cluster.ts';
import {runDirectory} from './config.ts';
import {type Kind, type KindName, kinds, type Layout} from './kind.ts';
import {raise} from './lab.ts';
import {debFor} from './package.ts';
import {median, say, seconds, table} from './report.ts';
import {plannedMove, powerCut, type Round} from './round.ts';
import {stepNames} from './steps.ts';
import {Writer} from './writer.ts';

type Occasion = 'power cut' | 'planned move';

const entries: {name: string; occasion: Occasion; round: Round}[] = [];
let standing: {name: string; writer: Writer} | undefined;

const title = (kind: KindName, layout: Layout): string => (layout === 'zvol' ? `${kind} over zvol` : kind);

/** What was left standing by a run that was asked to keep it. */
const note = join(runDirectory, 'standing');
export const keep = process.env['TWINPOOL_LAB_KEEP'] === '1';

async function raiseOrKeep(kind: KindName, layout: Layout): Promise<void> {
	const left = await readFile(note, 'utf8').catch(() => '');
	if (keep && left === title(kind, layout) && (await settled().catch(() => undefined))) {
		say(`the cluster of an earlier run stands: ${left}`);
		return kinds[kind].packaged ? installPackage(await debFor()) : undefined;
	}
	await rm(note, {force: true});
	await raise(kind, layout);
	await writeFile(note, title(kind, layout));
}

/** A cluster of this kind, as it should be: the one that stands, or a new one. */
export async function cluster(checks: Checks, kind: KindName, layout: Layout): Promise<Writer> {
	const name = title(kind, layout);
	const usable = standing?.name === name && (await settled().catch(() => undefined));
	if (standing && usable) {
		return standing.writer;
	}
	await leave();
	await checks.need(`a cluster stands: ${name}`, () => raiseOrKeep(kind, layout));
	const {pace}: Kind = kinds[kind];
	standing = {name, writer: new Writer(`${kind}-${layout}-${Date.now()}`, pace)};
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
