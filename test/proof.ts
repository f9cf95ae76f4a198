// lib/PROOF.md says what states, keeps, proves and tried a guarantee: each by a name that is there.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import t from 'tap';
import {model as drbd} from './model/drbd/model.ts';
import {model as gluster} from './model/gluster/model.ts';
import {model as iscsi} from './model/iscsi/model.ts';

const BOUNDS = {writes: 0, faults: 0};
const MODELS = {drbd: drbd(BOUNDS), iscsi: iscsi(BOUNDS), gluster: gluster(BOUNDS)};
const text = (file: string): string => readFileSync(file, 'utf8');
const lab = readdirSync('test/lab', {recursive: true, encoding: 'utf8'})
	.filter(file => file.endsWith('.ts'))
	.map(file => text(`test/lab/${file}`))
	.join('\n');
const quoted = (cell: string): string[] => [...cell.matchAll(/"([^"]+)"/gu)].map(([, name = '']) => name);

const chapters = text('lib/PROOF.md').split(/^## /mu).slice(1);

for (const [index, [name, {invariants, ends}]] of Object.entries(MODELS).entries()) {
	t.test(`the table of ${name}`, async t => {
		const rows = (chapters[index] ?? '').split('\n').filter(line => /^\| (?!guarantee)/u.test(line));
		const cells = rows.map(row => row.split('|').map(cell => cell.trim()));
		const column = (at: number): string[] => cells.flatMap(row => quoted(row[at] ?? ''));
		const teeth = text(`test/model/${name}.ts`);
		t.same(
			[...new Set(column(2))].sort(),
			[...Object.keys(invariants), ...Object.keys(ends)].sort(),
			'every sentence of the model has its row',
		);
		t.same(
			column(4).filter(tooth => !teeth.includes(`'${tooth}'`)),
			[],
			'every tooth is there',
		);
		t.same(
			column(5).filter(check => !lab.includes(check)),
			[],
			'every check of the lab is there',
		);
		const files = cells.flatMap(row => [...(row[3] ?? '').matchAll(/`([^`]+)`/gu)].map(([, file = '']) => `lib/${file}`));
		t.same(
			files.filter(file => !existsSync(file)),
			[],
			'every guard is there',
		);
		t.ok(rows.length > 5, 'it has rows');
	});
}
