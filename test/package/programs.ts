// The install tree: what is in it, and that each program runs by itself.
import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {builtinModules} from 'node:module';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import t from 'tap';
import {events, programs, ROOT} from '../../.ci/build.ts';
import {commands} from '../../lib/cli/main.ts';
import packaged from '../../package.json' with {type: 'json'};

const run = (file: string, ...args: string[]): {status: number | null; stdout: string; stderr: string} =>
	spawnSync(process.execPath, [file, ...args], {encoding: 'utf8', env: {PATH: process.env['PATH'] ?? ''}});

t.test('each program is one executable file that needs nothing beside it', async t => {
	for (const {path} of programs) {
		const text = readFileSync(join(ROOT, path), 'utf8');
		t.match(
			text.split('\n').slice(0, 2).join('\n'),
			/^#!.*(?:\n.*exec )?\/usr\/bin\/node/u,
			`${path} names its interpreter in the first two lines, where postinst looks for it`,
		);
		t.equal(statSync(join(ROOT, path)).mode & 0o777, 0o755, path);
		const needed = [...text.matchAll(/\brequire\("(?<name>[^"]+)"\)/gu)].map(({groups}) => groups?.['name'] ?? '');
		const foreign = needed.filter(name => !(name.startsWith('node:') || builtinModules.includes(name)));
		t.same(foreign, [], `${path} asks only for what node has`);
	}
});

t.test('an agent runs where nothing else of the project is', async t => {
	const folder = mkdtempSync(join(tmpdir(), 'twinpool-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	for (const name of ['drbd', 'zpool', 'guests', 'iscsi-leg', 'gluster']) {
		copyFileSync(join(ROOT, 'usr/lib/ocf/resource.d/twinpool', name), join(folder, name));
		const {status, stdout} = run(join(folder, name), 'meta-data');
		t.equal(status, 0);
		t.equal(stdout, readFileSync(`test/golden/${name}.xml`, 'utf8'), `${name} meta-data`);
		t.equal(run(join(folder, name), 'no-such-action').status, 3);
	}
});

t.test('every event of DRBD has its name beside the one handler', async t => {
	const names = readdirSync(join(ROOT, 'usr/lib/drbd'));
	t.same(new Set(names), new Set(['twinpool-handler', 'twinpool-fence-guests', ...events.map(event => `twinpool-${event}`)]));
	for (const event of events) {
		t.match(run(join(ROOT, `usr/lib/drbd/twinpool-${event}`), '--help'), {status: 0, stdout: /^usage: twinpool-EVENT/u}, event);
	}
	t.match(run(join(ROOT, 'usr/lib/drbd/twinpool-handler'), 'no-such-event'), {status: 1, stderr: /not "no-such-event"/u});
});

t.test('the command', async t => {
	const twinpool = join(ROOT, 'usr/bin/twinpool');
	t.match(run(twinpool, '--version'), {status: 0, stdout: `twinpool ${packaged.version}\n`});
	const help = run(twinpool, '--help');
	t.equal(help.status, 0);
	for (const name of Object.keys(commands)) {
		t.match(help.stdout, new RegExp(`^ {2}${name} `, 'mu'));
		t.match(run(twinpool, name, '--help'), {status: 0, stdout: new RegExp(`^usage: twinpool ${name} `, 'u')});
	}
	t.match(run(twinpool), {status: 2}, 'without a word it cannot know');
	t.match(run(twinpool, 'toString'), {status: 2, stderr: /^twinpool: there is no command "toString"/u});
	t.match(run(twinpool, 'graph', 'zpool', 'bring', 'up'), {status: 0, stdout: /absent --> ONLINE: import/u});
	t.match(run(twinpool, 'graph', 'nothing'), {status: 2, stderr: /expected drbd or zpool or leg or volume or guests/u});
});

t.test('the completion knows every command', async t => {
	const completion = readFileSync(join(ROOT, 'usr/share/bash-completion/completions/twinpool'), 'utf8');
	t.match(completion, Object.keys(commands).join(' '));
	const shown = readdirSync(join(ROOT, 'usr/share/man'), {recursive: true}).map(name => basename(`${name}`));
	t.ok(shown.includes('twinpool.1.gz') && shown.includes('ocf_twinpool_drbd.7.gz'), 'manual pages');
});
