// lib/PROOF.md says what states, keeps, proves and tried a guarantee: each by a name that is there.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import t from 'tap';
import {model as drbd} from './model/drbd/model.ts';
import {model as gluster} from './model/gluster/model.ts';
import {model as iscsi} from './model/iscsi/model.ts';
import {GUARDS} from './teeth/guards.ts';

const BOUNDS = {writes: 0, faults: 0};
const MODELS = {drbd: drbd(BOUNDS), iscsi: iscsi(BOUNDS), gluster: gluster(BOUNDS)};
type Tap = Pick<typeof t, 'same' | 'ok'>;

const text = (file: string): string => readFileSync(file, 'utf8');
const lab = readdirSync('test/lab', {recursive: true, encoding: 'utf8'})
	.filter(file => file.endsWith('.ts'))
	.map(file => text(`test/lab/${file}`))
	.join('\n');
const quoted = (cell: string): string[] => [...cell.matchAll(/"([^"]+)"/gu)].map(([, name = '']) => name);

/** Of single programs, with what they are taken from, and their tests. */
const guards = Object.keys(GUARDS);
const titles = readdirSync('test', {recursive: true, encoding: 'utf8'})
	.filter(file => file.endsWith('.ts') && !file.startsWith('lab/'))
	.map(file => text(`test/${file}`))
	.join('\n');
const chapters = text('lib/PROOF.md').split(/^## /mu).slice(1);

/** The cells of each row of a chapter, the first one at 1. */
const table = (chapter: string | undefined): string[][] =>
	(chapter ?? '')
		.split('\n')
		.filter(line => /^\| (?!guarantee)/u.test(line))
		.map(row => row.split('|').map(cell => cell.trim()));
const column = (cells: string[][], at: number): string[] => cells.flatMap(row => quoted(row[at] ?? ''));

/** Guards and checks of the lab by names that are there. */
function named(t: Tap, cells: string[][]): void {
	t.same(
		column(cells, 5).filter(check => !lab.includes(check)),
		[],
		'every check of the lab is there',
	);
	const files = cells.flatMap(row => [...(row[3] ?? '').matchAll(/`([^`]+)`/gu)].map(([, file = '']) => `lib/${file}`));
	t.same(
		files.filter(file => !existsSync(file)),
		[],
		'every guard is there',
	);
	t.ok(cells.length > 5, 'it has rows');
}

for (const [index, [name, {invariants, ends, unmended}]] of Object.entries(MODELS).entries()) {
	t.test(`the table of ${name}`, async t => {
		const cells = table(chapters[index]);
		const teeth = text(`test/model/${name}.ts`);
		t.same(
			[...new Set(column(cells, 2))].sort(),
			[invariants, ends, unmended].flatMap(Object.keys).sort(),
			'every sentence of the model has its row',
		);
		t.same(
			column(cells, 4).filter(tooth => !(teeth.includes(`'${tooth}'`) || guards.includes(tooth))),
			[],
			'every tooth is there',
		);
		named(t, cells);
	});
}

t.test('the table of single programs', async t => {
	const cells = table(chapters[3]);
	t.same(
		column(cells, 2).filter(title => !titles.includes(`t.test('${title}'`)),
		[],
		'every test is there',
	);
	const teeth = column(cells, 4);
	t.same(
		teeth.filter(tooth => !guards.includes(tooth)),
		[],
		'every tooth is there',
	);
	const rows = chapters.flatMap(chapter => column(table(chapter), 4));
	t.same(
		guards.filter(guard => !rows.includes(guard)),
		[],
		'every guard has its row',
	);
	named(t, cells);
	t.same(
		cells.filter(row => row.slice(1, 6).includes('')),
		[],
		'no cell is empty',
	);
});
