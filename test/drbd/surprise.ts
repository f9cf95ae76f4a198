// The captured streams of both versions, and what the lab's agents wrote down, replayed through the machine: it has a way for each jump.
import {readdirSync, readFileSync} from 'node:fs';
import t from 'tap';
import {facts, line, resources} from '../../lib/drbd/events2.ts';
import {type DrbdParams, drbd} from '../../lib/drbd/index.ts';
import type {Facts} from '../../lib/drbd/states.ts';
import {fold, type Table} from '../../lib/drbd/stream.ts';
import type {Here} from '../../lib/lifecycle.ts';
import {surprises} from '../fake/replay.ts';

const FIXTURES = new URL('../fixture/', import.meta.url).pathname;
/** Both sides were promoted while apart, by hand: the configuration is not what is tried here. */
const here = (seen: Facts | undefined): Promise<Here> => drbd.resolve(seen, {twoPrimaries: true} as DrbdParams);

/** What each event left behind; while a resource is made or taken apart, nothing of it is whole. */
function looks(log: string): (Facts | undefined)[] {
	const table: Table = new Map();
	return log.split('\n').flatMap(text => {
		const event = line(text.replace(/^\d{4}-\S+ /u, ''));
		if (!event || event === 'ready') {
			return [];
		}
		fold(table, event);
		const objects = new Set([...table.values()].map(({object}) => object));
		return table.size === 0 || (objects.has('connection') && objects.has('device')) ? [resources([...table.values()])[0]] : [];
	});
}

for (const version of ['drbd-8.4.11', 'drbd-9.2.8']) {
	for (const node of ['alice', 'bob']) {
		t.test(`${version} ${node}: every event`, async t => {
			const seen = looks(readFileSync(`${FIXTURES}${version}/${node}/events2.log`, 'utf8'));
			const {jumps, surprises: all} = surprises(await Promise.all(seen.map(here)), 2);
			t.same(all, []);
			t.ok(jumps > 40, `${jumps} jumps`);
		});
	}
}

/** A line of TWINPOOL_TRANSCRIPT. */
interface Said {
	command: string[];
	stdout?: string;
	exit?: number;
}

/** Every look of one boot at one resource, in the order of the transcript. */
function told(transcript: string): Map<string, (Facts | undefined)[]> {
	const found = new Map<string, (Facts | undefined)[]>();
	for (const said of transcript.split('\n').filter(Boolean)) {
		const {command, stdout = '', exit} = JSON.parse(said) as Said;
		const name = command.at(-1) ?? '';
		if (command[0] === 'drbdsetup' && command[1] === 'events2' && command.includes('--now') && exit === 0) {
			found.set(name, [...(found.get(name) ?? []), facts(stdout, name)]);
		}
	}
	return found;
}

t.test('what the lab wrote down', async t => {
	const folder = `${FIXTURES}transcripts`;
	const files = readdirSync(folder);
	t.ok(files.length > 12, `${files.length} recordings`);
	for (const file of files.filter(name => name.endsWith('.log'))) {
		const seen = looks(readFileSync(`${folder}/${file}`, 'utf8'));
		t.same(surprises(await Promise.all(seen.map(here)), 2).surprises, [], `${file}: ${seen.length} looks`);
	}
	for (const file of files.filter(name => name.endsWith('.jsonl'))) {
		for (const [name, seen] of told(readFileSync(`${folder}/${file}`, 'utf8'))) {
			t.same(surprises(await Promise.all(seen.map(here))).surprises, [], `${file}: ${name}, ${seen.length} looks`);
		}
	}
	// The reader itself, on what a look of each phase showed.
	const phase = (name: string): string =>
		JSON.stringify({
			command: ['drbdsetup', 'events2', '--now', 'vmstore'],
			stdout: readFileSync(`${FIXTURES}drbd-8.4.11/alice/${name}/events2-now.txt`, 'utf8'),
			exit: 0,
		});
	const seen =
		told([phase('02-both-inconsistent'), '', phase('04-primary-uptodate'), phase('05-link-cut')].join('\n')).get('vmstore') ?? [];
	t.same(
		seen.map(one => `${one?.role} ${one?.disk} ${one?.connection}`),
		['Secondary Inconsistent Connected', 'Primary UpToDate Connected', 'Primary UpToDate Connecting'],
	);
	const {jumps, surprises: all} = surprises(await Promise.all(seen.map(here)));
	t.same([jumps, all], [2, []]);
});

t.test('a jump without a way is told, and one by a detour', async t => {
	const now = await here(undefined);
	const whole = {role: 'Primary', disk: 'UpToDate', connection: 'Connected', 'peer-role': 'Secondary', 'peer-disk': 'UpToDate'};
	const jump = (words: Partial<typeof whole>): Here[] => [whole, {...whole, ...words}].map(up => ({...now, value: {up}}));
	t.same(surprises(jump({disk: 'Attaching'}), 2).surprises, ['disk UpToDate -> Attaching: only by disk:Detaching, disk:Diskless, adjust']);
	t.same(surprises(jump({disk: 'Attaching'})).surprises, []);
	t.same(surprises(jump({disk: 'DUnknown'})).surprises, ['disk UpToDate -> DUnknown: no way']);
});
