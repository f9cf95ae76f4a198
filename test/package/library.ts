// The packed tarball, as a stranger in TypeScript takes it: types, an OCF agent in thirty lines, nothing done at import.
import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import t from 'tap';
import {tarball} from '../../.ci/package.ts';

// Below the project, so that the dependencies which npm would install are found.
mkdirSync('node_modules/.cache', {recursive: true});
const folder = mkdtempSync('node_modules/.cache/stranger-');
t.teardown(() => rmSync(folder, {recursive: true, force: true}));

/** What a program of the stranger's prints, with its exit code. */
function node(args: string[], env: Record<string, string> = {}): {code: number; out: string} {
	try {
		return {
			code: 0,
			out: execFileSync(process.execPath, args, {
				cwd: folder,
				encoding: 'utf8',
				stdio: ['ignore', 'pipe', 'pipe'],
				env: {...process.env, ...env},
			}),
		};
	} catch (error) {
		const {status, stdout, stderr} = error as {status: number; stdout: string; stderr: string};
		return {code: status, out: `${stdout}${stderr}`};
	}
}

t.test('the tarball has the library, its types and the programs', async t => {
	const packed = resolve(await tarball());
	const own = join(folder, 'node_modules', 'twinpool');
	mkdirSync(own, {recursive: true});
	execFileSync('tar', ['-xzf', packed, '--strip-components=1', '-C', own]);
	const names = readdirSync(own, {recursive: true}).map(String);
	for (const path of [
		'dist/lib/index.js',
		'dist/lib/index.d.ts',
		'dist/root/usr/lib/ocf/resource.d/twinpool/drbd',
		'dist/root/usr/lib/drbd/twinpool-fence-peer',
	]) {
		t.ok(names.includes(path), path);
	}
	t.notOk(
		names.some(name => /^(test|\.ci|lib)\//u.test(name)),
		'and nothing else',
	);
	cpSync('test/package/stranger', folder, {recursive: true});
	writeFileSync(join(folder, 'package.json'), '{"type": "module"}\n');
});

t.test('it compiles in the strictest TypeScript, types of the package included', async t => {
	const {code, out} = node([resolve('node_modules/typescript/bin/tsc'), '-p', '.']);
	t.equal(code, 0, out);
});

t.test('importing it does nothing', async t => {
	const look = `const before = new Set(Object.keys(globalThis));
const signals = process.eventNames().length;
await import('twinpool');
console.log(Object.keys(globalThis).filter(name => !before.has(name) && !name.startsWith('__zod_')).length, process.eventNames().length - signals, process._getActiveHandles().length);`;
	const {out} = node(['--input-type=module', '-e', look]);
	t.match(out, /^0 0 [0-3]\n$/u, 'no global but those of zod, no signal handler, nothing left open');
});

t.test('an agent of thirty lines is an OCF agent', async t => {
	const agent = (action: string, env: Record<string, string> = {}): {code: number; out: string} => node(['out/agent.js', action], env);
	t.match(agent('meta-data').out, /<parameter name="file" unique="1" required="1">/u);
	t.match(agent('start'), {code: 6, out: /ocf-exit-reason:parameter file is required/u});
	const file = {OCF_RESKEY_file: resolve(folder, 'flag')};
	t.equal(agent('monitor', file).code, 7);
	t.equal(agent('start', file).code, 0);
	t.equal(agent('monitor', file).code, 0);
	t.equal(agent('stop', file).code, 0);
	t.equal(agent('monitor', file).code, 7);
	t.match(agent('promote', file), {code: 3});
});

t.test('machines, search, plan, parsers, verdict and scores answer', async t => {
	const {code, out} = node(['out/use.js']);
	t.equal(code, 0, out);
	t.same(JSON.parse(out), {
		plan: ['adjust', 'primary'],
		states: true,
		facts: 'UpToDate',
		score: 'number',
		verdict: 1,
		word: 'ONLINE',
		graph: 'stateDiagram-v2',
	});
});
