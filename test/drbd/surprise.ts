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

const RECORDED = `${FIXTURES}transcripts`;
const recorded = (kind: string): string[] => readdirSync(RECORDED).filter(name => name.endsWith(kind));

t.test('what the kernels of the lab told', async t => {
	let all = 0;
	for (const file of recorded('.log')) {
		const seen = looks(readFileSync(`${RECORDED}/${file}`, 'utf8'));
		const {jumps, surprises: found} = surprises(await Promise.all(seen.map(here)), 2);
		t.same(found, [], `${file}: ${seen.length} looks`);
		all += jumps;
	}
	t.ok(all > 200, `${all} jumps`);
});

t.test('what the agents of the lab saw', async t => {
	let all = 0;
	for (const file of recorded('.jsonl')) {
		for (const [name, seen] of told(readFileSync(`${RECORDED}/${file}`, 'utf8'))) {
			const {jumps, surprises: found} = surprises(await Promise.all(seen.map(here)));
			t.same(found, [], `${file}: ${name}, ${seen.length} looks`);
			all += jumps;
		}
	}
	t.ok(all > 50, `${all} jumps`);
});

t.test('the reader of what agents write down, on a look of each phase', async t => {
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
