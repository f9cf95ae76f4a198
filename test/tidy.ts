// Tidy is a test: the import rule of lib/README.md and the house rules. Each failure says what to write instead.
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {posix} from 'node:path';
import t from 'tap';

const LONGEST = 200;
/** Machines and tables are read line by line, not as a whole. */
const MAY_BE_LONG = /(machine|states|table)\.ts$/u;
const KINDS = ['drbd', 'zpool', 'iscsi', 'gluster', 'guests'];

/** The first row that fits a file is its layer. A file imports from its own row and the earlier ones. */
const LAYERS: readonly (readonly [name: string, files: RegExp])[] = [
	['words', /^lib\/(\w+\/(states|codes)|deadline)\.ts$/u],
	['rules', /^lib\/\w+\/(machine|score|verdict|health)\.ts$/u],
	[
		'eyes',
		/^lib\/(topology\/\w+|alert\/(kinds|words|event|once|message|recipient)|drbd\/(events2|stream)|watch\/(facts|view|nodes|item|screen|change)|vdev\/(nvlist|uberblock|label|status)|iscsi\/timers|gluster\/xml|cluster\/(xml|release)|ocf\/(params|metadata|manual)|fence\/(parameters|metadata|libvirt\/(domain|where|script|shell|proof|fault)))\.ts$/u,
	],
	['plan', /^lib\/(search|plan|lifecycle|graph)\.ts$/u],
	['hands', /^lib\/(run|transcript|follow|host|mounts|knock|sockets|undisturbed)\.ts$/u],
	['shell', /^lib\/(reach\.ts|(drbd|zpool|vdev|zfs|iscsi|gluster|guests|cluster|fence|alert|watch)\/(?!agent))/u],
	['entry', /^lib\/((ocf|fence|alert)\/agent\.ts|(index|start)\.ts|cli\/|demo\/|doctor\/)/u],
	['programs', /^(agents|fence)\//u],
];
const PURE = 4;

const BANNED: readonly (readonly [where: RegExp, what: RegExp, instead: string])[] = [
	[
		/^(lib|agents|fence)\//u,
		/\bprocess\.exit\(/u,
		'set process.exitCode in the entry and return: what is still being written would be lost',
	],
	[/^(lib|agents|fence)\//u, /: any\b|<any>|\bas any\b|\bany\[\]/u, 'unknown, and a zod schema where it comes in'],
	[
		/^lib\//u,
		/\bcreateActor\(|(?<!Object\.)\bassign\(|\binvoke:/u,
		'transition() and resolveState(): xstate is the algebra here, not the runtime',
	],
	[
		/^lib\/(?!demo|cli)|^(agents|fence)\//u,
		/from 'execa'|import\('execa'\)/u,
		'run() of lib/run.ts: execa is for lib/cli, lib/demo and test',
	],
	[
		/^lib\/(?!demo\/|cli\/|run\.ts)|^(agents|fence)\//u,
		/'(node:)?child_process'/u,
		'run() of lib/run.ts: the only place that starts a program',
	],
	[/^test\/(?!tidy)/u, /\b(t|test)\.(only|skip)\(|\b(only|skip): true/u, 'a test that runs, or none'],
];

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {encoding: 'utf8'})
	.split('\0')
	.filter(file => file && existsSync(file));
const text = (file: string): string => readFileSync(file, 'utf8');
const sources = files.filter(file => /^(lib|agents|fence|test|man|\.ci)\/.*\.ts$/u.test(file));
const layerOf = (file: string): number => LAYERS.findIndex(([, fits]) => fits.test(file));
const kindOf = (file: string): string | undefined => KINDS.find(kind => file.startsWith(`lib/${kind}/`));

/** What a file imports: relative paths from the project's root, packages as they are. Types alone are erased. */
function imports(file: string): {to: string; types: boolean}[] {
	const found = text(file).matchAll(
		/^(?:import|export)\s(?<types>type\s)?[^;]*?from '(?<from>[^']+)'|^import '(?<bare>[^']+)'|\bimport\('(?<lazy>[^']+)'\)/gmu,
	);
	return [...found].map(({groups = {}}) => {
		const to = groups['from'] ?? groups['bare'] ?? groups['lazy'] ?? '';
		return {to: to.startsWith('.') ? posix.join(posix.dirname(file), to) : to, types: groups['types'] !== undefined};
	});
}

function importProblems(file: string): string[] {
	const own = layerOf(file);
	const layer = LAYERS[own]?.[0];
	if (!layer) {
		return [`${file} is in no layer: name it in test/tidy.ts, or put it where its layer is`];
	}
	return imports(file).flatMap(({to, types}) => {
		const other = layerOf(to);
		const [one, two] = [kindOf(file), kindOf(to)];
		const wrong = {
			[`${file} (${layer}) may not import ${to} (${LAYERS[other]?.[0]}): pass the value in, or move what both need to the left`]:
				!types && other > own,
			[`${file} (${layer}) is pure and may not import ${to}: take the text as an argument`]:
				own < PURE && to.startsWith('node:') && to !== 'node:crypto',
			[`${file} may not know lib/${two}: ask for what it gives (is the device writable?), not for its name`]:
				two !== undefined && one !== two && (one !== undefined || file.startsWith('lib/cluster/')),
		};
		return Object.keys(wrong).filter(sentence => wrong[sentence]);
	});
}

t.test('imports point to the left: words <- rules <- eyes <- plan <- hands <- shell <- entry <- programs', async t => {
	const ours = sources.filter(file => /^(lib|agents|fence)\//u.test(file));
	t.ok(ours.length > 20, 'there is something to look at');
	t.same(ours.flatMap(importProblems), []);
});

t.test('files are small and named after what they hold', async t => {
	const long = sources.filter(file => !MAY_BE_LONG.test(file) && text(file).split('\n').length - 1 > LONGEST);
	t.same(long, [], `${LONGEST} lines at most: split it by subject`);
	t.same(
		sources.filter(file => /util|helper|manager|service/u.test(posix.basename(file))),
		[],
		'name it after what it knows or does',
	);
});

t.test('what we do not write', async t => {
	for (const [where, what, instead] of BANNED) {
		const found = sources
			.filter(file => where.test(file))
			.flatMap(file => {
				const lines = text(file).split('\n');
				return lines.flatMap((line, index) => (what.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []));
			});
		t.same(found, [], `instead: ${instead}`);
	}
});

t.test('no file knows the machine that it was written on', async t => {
	// Put together here, so that this file is looked at too.
	const elsewhere = [['', 'work', ''].join('/'), ['registry', 'npmjs'].join('.'), ['"resol', 'ved"'].join('')];
	const found = files.flatMap(file => elsewhere.filter(word => text(file).includes(word)).map(word => `${file} has ${word}`));
	t.same(found, [], 'say it relative to the project, or take it from the environment');
});
