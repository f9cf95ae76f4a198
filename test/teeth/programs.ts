// Each guard of a single program is taken away, in a copy of the project, and the test that stands for it has to fail there. That is for the
// long run (npm run test:long): here it is looked whether each guard, and its test, is where it is said to be.
import {spawnSync} from 'node:child_process';
import {cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import t from 'tap';
import {GUARDS, type Guard} from './guards.ts';

const LONG = Number(process.env['TWINPOOL_FAULTS'] ?? 1) > 1;
/** What is made, and what is only looked up. */
const LEFT = /^(dist|node_modules|[.]git|[.]tap)$/u;

const text = (file: string): string => readFileSync(file, 'utf8');
const once = (whole: string, part: string): boolean => whole.split(part).length === 2;

for (const [name, {file, guard, without, test, title}] of Object.entries(GUARDS)) {
	t.test(name, async t => {
		t.ok(once(text(`lib/${file}`), guard), `lib/${file} has it once: ${guard}`);
		t.not(guard, without);
		t.match(text(`test/${test}`), `t.test('${title}'`, `test/${test} has the test`);
	});
}

/** The project without what is made of it. */
function copied(folder: string): string {
	for (const name of readdirSync('.').filter(one => !LEFT.test(one))) {
		cpSync(name, join(folder, name), {recursive: true});
	}
	symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
	return folder;
}

/** What `npm test` prints there of one file. */
const ran = (folder: string, test: string): string =>
	spawnSync(process.execPath, ['--import=tsx', 'test/run.ts', `test/${test}`], {cwd: folder, encoding: 'utf8'}).stdout;

function bites(folder: string, {file, guard, without, test, title}: Guard): string {
	const path = join(folder, 'lib', file);
	const whole = text(path);
	writeFileSync(
		path,
		whole.replace(guard, () => without),
	);
	try {
		const said = ran(folder, test);
		return said.includes(`FAILED test/${test}`) && said.split('\n').some(line => line.trim().startsWith(title)) ? 'bites' : said;
	} finally {
		writeFileSync(path, whole);
	}
}

if (LONG) {
	t.test('each of them is missed', async t => {
		const folder = copied(t.testdir());
		for (const [name, guard] of Object.entries(GUARDS)) {
			t.equal(bites(folder, guard), 'bites', name);
		}
	});
}
