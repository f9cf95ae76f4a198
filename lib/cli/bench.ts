import {readFileSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {run} from '../run.ts';
import {everything, hostName} from '../watch/look.ts';
import {titleOf} from '../watch/screen.ts';
import {view} from '../watch/view.ts';
import {type Figures, measure, prepare, type Settings, version, WORKLOADS, type Workload} from './bench-fio.ts';
import {type Place, placeOf, places, room} from './bench-place.ts';
import {type Bench, type Drilled, drilled, measured, type Row, report, together} from './bench-report.ts';
import {progress} from './progress.ts';
import {insisted} from './question.ts';

/** What a dataset is set to that decides on its speed. */
const PROPERTIES = ['recordsize', 'sync', 'compression', 'primarycache', 'logbias'];
const ZFS = 5000;

/** A place while it is measured. */
interface Stand extends Place {
	/** The directory that is ours. */
	own: string;
	rounds: Record<Workload, Figures[]>;
	notes: Set<string>;
}

/** `twinpool bench`: 0 measured, 1 measured while something was not as it should be; what cannot be measured is thrown. */
export async function bench(argv: string[]): Promise<number> {
	const {directories, drills, yes, json, ...settings} = parsed(argv);
	const fio = await version();
	const {found, missed} = directories.length > 0 ? {found: await Promise.all(directories.map(placeOf)), missed: []} : await places();
	process.stderr.write(missed.map(why => `not measured: ${why}\n`).join(''));
	if (found.length === 0) {
		throw new Error('there is nothing to measure: no dataset and no Gluster volume is mounted here; or name a DIRECTORY');
	}
	const known = drillsOf(drills, found);
	if (directories.length === 0) {
		await insisted(yes, `${settings.size} MiB are written to, and read from, ${found.map(one => one.directory).join(', ')}.`);
	}
	const began = new Date().toISOString();
	const stands = await played(found, settings);
	const local = stands.find(({layout}) => layout === 'local');
	const rows = await Promise.all(stands.map(stand => row(stand, local, known.get(stand.name))));
	const result: Bench = {began, host: hostName(), fio, settings, ...(local && {local: local.name}), rows};
	const {isTTY, columns} = process.stdout;
	process.stdout.write(json ? `${JSON.stringify(result)}\n` : report(result, isTTY ? columns : Number.POSITIVE_INFINITY));
	return rows.every(({notes}) => notes.length === 0) ? 0 : 1;
}

/**
 * Measure all of them in turns, so that what changes meanwhile changes for all, and each is the first in its turn: what was written before
 * may still be on its way to the disks. Whatever happens, nothing of it stays.
 */
async function played(found: readonly Place[], settings: Settings): Promise<Stand[]> {
	const stop = new AbortController();
	const told = (): void => stop.abort(new Error('it was interrupted'));
	const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
	for (const signal of signals) {
		process.on(signal, told);
	}
	const stands: Stand[] = [];
	try {
		for (const place of found) {
			stop.signal.throwIfAborted();
			progress(`${place.directory}: the file is made ...`);
			const own = await room(place, settings.size * 2 ** 20);
			stands.push({...place, own, rounds: {read: [], write: []}, notes: new Set()});
			await prepare(`${own}/file`, settings, stop.signal);
		}
		await noted(stands);
		for (let round = 1; round <= settings.rounds; round += 1) {
			const first = (round - 1) % stands.length;
			for (const {own, directory, rounds} of [...stands.slice(first), ...stands.slice(0, first)]) {
				for (const workload of WORKLOADS) {
					progress(`${directory}: random ${workload}, round ${round} of ${settings.rounds} ...`);
					rounds[workload].push(await measure(`${own}/file`, workload, settings, stop.signal));
				}
			}
		}
		await noted(stands);
	} finally {
		progress('');
		for (const {own} of stands) {
			await rm(own, {recursive: true, force: true}).catch((error: Error) => {
				process.stderr.write(`twinpool bench: ${own} is left behind: ${error.message}\n`);
			});
		}
		for (const signal of signals) {
			process.removeListener(signal, told);
		}
	}
	return stands;
}

/** What is not as it should be: a mirror without its other half is fast. */
async function noted(stands: readonly Stand[]): Promise<void> {
	const facts = await everything();
	const {items} = view(facts);
	const resources = facts.drbd && 'is' in facts.drbd ? facts.drbd.is : [];
	for (const {layout, name, minors, notes} of stands) {
		const below = resources.filter(({volumes}) => volumes.some(({minor}) => minors.includes(minor))).map(one => one.name);
		for (const item of items) {
			const {kind, name: of, words, says, level} = item;
			const ours =
				(kind === 'drbd' && layout === 'drbd' && (below.includes(of) || of === '')) ||
				(kind === 'pool' && layout !== 'gluster' && of === name) ||
				(kind === 'leg' && layout === 'iscsi' && of === name) ||
				(kind === 'copy' && layout === 'gluster' && of === name);
			if (ours && level !== 'well') {
				notes.add(`${titleOf(item)}: ${says ?? (words || level)}`);
			}
		}
	}
}

async function row(stand: Stand, local: Stand | undefined, drill: Drilled | undefined): Promise<Row> {
	const {layout, name, directory, rounds, notes, dataset} = stand;
	const properties = dataset === undefined ? {} : await propertiesOf(dataset);
	return {
		layout,
		name,
		directory,
		read: measured(rounds.read, local?.rounds.read),
		write: measured(rounds.write, local?.rounds.write),
		...(drill && {drill}),
		properties,
		notes: [...notes, ...(properties['sync'] === 'disabled' ? [`sync=disabled on ${dataset}: nothing waits for the disks`] : [])],
	};
}

async function propertiesOf(dataset: string): Promise<Record<string, string>> {
	const argv = ['zfs', 'get', '-H', '-p', '-o', 'property,value', PROPERTIES.join(','), dataset] as const;
	const text = await run(argv, {timeout: ZFS}).then(
		({stdout}) => stdout,
		() => '',
	);
	return Object.fromEntries(
		text.split('\n').flatMap(line => {
			const [property = '', value] = line.split('\t');
			return PROPERTIES.includes(property) && value !== undefined ? [[property, value]] : [];
		}),
	);
}

/** By the pool or volume. @throws {Error} a file is no drill, or of something else */
function drillsOf(files: readonly string[], found: readonly Place[]): Map<string, Drilled> {
	const known = new Map<string, Drilled>();
	for (const file of files) {
		const seen = drilled(readFileSync(file, 'utf8'));
		if (!seen) {
			throw new Error(`${file} is not what "twinpool drill" leaves as JSON`);
		}
		if (!found.some(({name, layout}) => name === seen.pool && layout !== 'local')) {
			throw new Error(`${file} is a drill of ${seen.pool}: what is measured is ${found.map(({name}) => name).join(', ')}`);
		}
		known.set(seen.pool, together(known.get(seen.pool), seen.drill));
	}
	return known;
}

interface Wanted extends Settings {
	directories: string[];
	drills: string[];
	yes: boolean;
	json: boolean;
}

/** @throws {Error} what is wrong with the words */
function parsed(argv: string[]): Wanted {
	const {values, positionals} = parseArgs({
		args: argv,
		allowPositionals: true,
		options: {
			runtime: {type: 'string', default: '10'},
			rounds: {type: 'string', default: '3'},
			jobs: {type: 'string', default: '8'},
			size: {type: 'string', default: '1024'},
			drill: {type: 'string', multiple: true, default: []},
			yes: {type: 'boolean', default: false},
			json: {type: 'boolean', default: false},
		},
	});
	const number = (name: 'runtime' | 'rounds' | 'jobs' | 'size', most: number, what: string): number => {
		const given = Number(/^\d{1,7}$/u.test(values[name]) ? values[name] : 0);
		if (given < 1 || given > most) {
			throw new Error(`--${name} ${values[name]}: expected ${what}, 1 to ${most}`);
		}
		return given;
	};
	return {
		directories: positionals,
		drills: values.drill,
		yes: values.yes,
		json: values.json,
		runtime: number('runtime', 3600, 'seconds'),
		rounds: number('rounds', 100, 'how often each is measured'),
		jobs: number('jobs', 256, 'how many read or write at a time'),
		size: number('size', 1_048_576, 'MiB'),
	};
}
