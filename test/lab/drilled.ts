/** `twinpool drill`, as an admin has it: what it measured, and its report kept beside the lab's journals. */
import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {type Node, other} from './config.ts';
import {type Layout, layouts, mounted, quiet} from './layouts.ts';
import {dist} from './package.ts';
import {say, seconds} from './report.ts';
import {ask, type Outcome, sh} from './ssh.ts';

interface Drill {
	records: number;
	legs: {from: string; to: string; how: string; gap: {from: number; to: number}}[];
	lost: unknown[];
	after: string[];
}

const FOLDER = '/root/drills';
/** Seconds: a node boots, comes back and gets what it missed within it. */
const LIMIT = 1800;
const TRIES = 4;

const folder = join(dist, 'lab', 'drills');

const ofLayout = async (layout: Layout): Promise<string[]> => {
	const names = await readdir(folder).catch(() => []);
	return names.filter(name => name.startsWith(`${layout}-`)).map(name => join(folder, name));
};

/** The figures of this run's drills, as JSON. */
export const reports = async (layout: Layout): Promise<string[]> =>
	Promise.all((await ofLayout(layout)).filter(path => path.endsWith('.json')).map(path => readFile(path, 'utf8')));

/** Those of an earlier run. */
export const forget = async (layout: Layout): Promise<void> => {
	await Promise.all((await ofLayout(layout)).map(path => rm(path)));
};

/** The page and the figures, whatever came of it. */
async function kept(node: Node, layout: Layout): Promise<string> {
	await mkdir(folder, {recursive: true});
	const {stdout} = await ask(node, `ls ${FOLDER}`, 30);
	const names = stdout.split('\n').filter(name => /^drill-[\w.-]+\.(html|json)$/u.test(name));
	for (const name of names) {
		await writeFile(join(folder, `${layout}-${name}`), await sh(node, `cat ${FOLDER}/${name}`, 60));
	}
	await ask(node, `rm -rf ${FOLDER}`, 30);
	return `${names.length} files in ${folder}`;
}

/** A node that is too slow to say who it is has done nothing yet: it is asked again. */
async function begun(node: Node, call: string): Promise<Outcome> {
	for (let tries = 1; ; tries += 1) {
		const outcome = await ask(node, call, LIMIT);
		const slow = outcome.stdout === '' && /^twinpool drill: .*gave no answer/u.test(outcome.stderr);
		if (!slow || tries === TRIES) {
			return outcome;
		}
		say(`  ${node} was too slow to begin: ${outcome.stderr.trim()}`);
	}
}

async function drill(node: Node, layout: Layout, flags: string): Promise<Drill> {
	const call = `mkdir -p ${FOLDER} && twinpool drill ${layouts[layout].name} ${flags} --yes --json --output ${FOLDER}`;
	const {stdout, stderr, exit} = await begun(node, call);
	say(`  ${stderr.trim().replaceAll('\n', '\n             ')}`);
	const files = await kept(node, layout);
	if (!stdout.startsWith('{') || stdout.includes('"found":[')) {
		throw new Error(`${node}: it ended with ${exit}: ${stdout}${stderr}`);
	}
	const done = JSON.parse(stdout) as Drill;
	const ways = done.legs.map(({from, to, gap}) => `${from} -> ${to} ${seconds((gap.to - gap.from) / 1000)} s without a write`);
	say(`  ${done.records} records; ${ways.join(', ')}; ${files}`);
	const gaps = done.legs.map(({gap}) => gap.to - gap.from);
	if (
		exit !== 0 ||
		done.lost.length > 0 ||
		done.after.length > 0 ||
		done.records === 0 ||
		!gaps.every(gap => gap > 0) ||
		!files.startsWith('2 ')
	) {
		throw new Error(`${node}: exit ${exit}: ${JSON.stringify(done)}`);
	}
	return done;
}

const holding = async (layout: Layout): Promise<Node> => {
	const [node] = await mounted(layout);
	if (!node) {
		throw new Error(`no node has ${layouts[layout].mount}`);
	}
	return node;
};

/** With the power cut, from the node that goes on; by its kernel it has what moved. Gives which it is. */
export async function powerDrill(layout: Layout): Promise<Node> {
	await quiet(layout);
	const node = other(await holding(layout));
	const boots = await sh(other(node), 'cat /proc/sys/kernel/random/boot_id', 30);
	const {legs} = await drill(node, layout, '--power');
	const has = await mounted(layout);
	if (legs.length !== 1 || legs[0]?.how !== 'power' || !has.includes(node)) {
		throw new Error(`${node} does not have it: ${has}; ${JSON.stringify(legs)}`);
	}
	if ((await sh(other(node), 'cat /proc/sys/kernel/random/boot_id', 60)) === boots) {
		throw new Error(`${other(node)} was never without power`);
	}
	await quiet(layout);
	return node;
}

/** There and back, from a node that has it, and with nothing left of it. */
export async function plannedDrill(layout: Layout): Promise<void> {
	await quiet(layout);
	const node = await holding(layout);
	const {legs} = await drill(node, layout, '');
	if (
		legs.map(({from, to}) => `${from} ${to}`).join(', ') !== `${node} ${other(node)}, ${other(node)} ${node}` ||
		(await holding(layout)) !== node
	) {
		throw new Error(JSON.stringify(legs));
	}
	await quiet(layout);
}
