// twinpool bench, built, where it has to refuse, where fio goes wrong, and where somebody presses Ctrl-C: nothing is written, or nothing is left.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {setTimeout as sleep} from 'node:timers/promises';
import t from 'tap';
import {BenchHost, benchHost, captured} from '../fake/bench-host.ts';
import {TWINPOOL, twinpool} from '../fake/datasets.ts';

t.setTimeout(240_000);

t.test('words that are wrong', async t => {
	const here = benchHost(t.testdir());
	const refused: readonly (readonly [RegExp, ...string[]])[] = [
		[/Unknown option '--nonsense'/u, '--nonsense'],
		[/--rounds 0: expected how often each is measured, 1 to 100/u, '/tank', '--rounds', '0'],
		[/--runtime 1e3: expected seconds, 1 to 3600/u, '/tank', '--runtime', '1e3'],
		[/--jobs 257: expected how many read or write at a time, 1 to 256/u, '/tank', '--jobs', '257'],
		[/--size : expected MiB, 1 to 1048576/u, '/tank', '--size', ''],
		[/\/nowhere: there is no such directory/u, '/tank', '/nowhere'],
		[/\/tank\/data\/\.keep is no directory: only a file of its own is ever written, never a device/u, '/tank/data/.keep'],
		[/\/other is on ext4: expected a ZFS dataset, or a mounted Gluster volume/u, '/other'],
		[/\/rpool\/brick is on the dataset of a brick of volume vm/u, '/rpool/brick'],
		[/\/rpool\/brick\/vm is on the dataset of a brick of volume vm/u, '/rpool/brick/vm'],
		[/\/tank has \d+ MiB free, and 2097152 are wanted/u, '/tank', '--size', '1048576'],
	];
	for (const [says, ...words] of refused) {
		const {code, stdout, stderr} = await twinpool(here, 'bench', ...words);
		t.match({code, stdout, stderr}, {code: 2, stdout: '', stderr: says});
	}
	symlinkSync('brick', `${here.root}/rpool/link`);
	t.match(await twinpool(here, 'bench', '/rpool/link'), {code: 2, stderr: /a brick of volume vm/u}, 'a link is what it leads to');
	here.put('/proc/spl/kstat/zfs/tank/state', 'SUSPENDED\n');
	t.match(await twinpool(here, 'bench', '/tank'), {code: 2, stderr: /pool tank is suspended/u});
	here.tool('zpool', "echo 'cannot open: permission denied' >&2; exit 1");
	t.match(await twinpool(here, 'bench', '/far'), {code: 2, stderr: /on which disks pool far is cannot be told: cannot open/u});
	t.same(here.measured(), [], 'nothing was written');
	t.same(here.left(), []);
});

/** Not even root is let by everything: so by nobody, who has to be able to read the program. */
t.test('not writable, and no fio', async t => {
	const folder = mkdtempSync(`${tmpdir()}/twinpool-bench-test-`);
	t.teardown(() => rmSync(folder, {recursive: true}));
	const there = new BenchHost(`${folder}/host`);
	copyFileSync(TWINPOOL, `${folder}/twinpool`);
	chmodSync(folder, 0o755);
	const root = process.getuid?.() === 0;
	chmodSync(`${there.root}/tank`, 0o555);
	chmodSync(`${there.root}/calls`, 0o666);
	const env = {PATH: `${there.root}/bin:/usr/bin:/bin`, TWINPOOL_ROOT: there.root};
	const as = async (more: NodeJS.ProcessEnv, ...words: string[]): Promise<string> => {
		const child = spawn(process.execPath, [`${folder}/twinpool`, 'bench', ...words], {
			env: {...env, ...more},
			stdio: ['ignore', 'ignore', 'pipe'],
			...(root && {uid: 65_534, gid: 65_534}),
		});
		let text = '';
		child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
			text += chunk;
		});
		const [code] = await once(child, 'close');
		return `${code} ${text}`;
	};
	t.equal(await as({}, '/tank'), '2 twinpool bench: /tank is not writable (EACCES)\n');
	t.equal(await as({PATH: folder}, '/tank'), '2 twinpool bench: fio is not installed: apt install fio\n');
});

t.test('a fio that goes wrong', async t => {
	const wrong: readonly (readonly [string, string, RegExp])[] = [
		['dies', '', /fio was killed by SIGKILL/u],
		['fails', '', /fio --name=randread ended with 1: fio: io_u error on file file: No space left on device/u],
		['noise', 'Segmentation fault\n', /fio's answer cannot be read \(fio 3 is needed\): "Segmentation fault"/u],
		['noise', '', /fio's answer cannot be read \(fio 3 is needed\): ""/u],
		['noise', captured('read').slice(0, 3000), /fio's answer cannot be read/u],
		['noise', '{"jobs":[]}', /fio's answer cannot be read/u],
		['noise', captured('read').replace(/"error" : 0/u, '"error" : 5'), /fio measured nothing: \d+ operations, error 5/u],
		['noise', captured('write'), /fio measured nothing: 0 operations/u],
	];
	for (const [how, text, says] of wrong) {
		const here = benchHost(t.testdir());
		here.put(`/${how}`, text);
		t.match(await twinpool(here, 'bench', '/rpool', '/tank'), {code: 2, stdout: '', stderr: says});
		t.same(here.left(), [], `${how}: nothing is left`);
	}
	const here = benchHost(t.testdir());
	here.put('/noise', `fio: this is only a note {\n${captured('read')}`);
	here.tool('fio', here.read('/bin/fio').replace('cat $ROOT/noise; exit', 'case "$1" in *read) cat $ROOT/noise; exit ;; esac'));
	t.match(await twinpool(here, 'bench', '/rpool', '--rounds', '1'), {code: 0}, 'sentences before the answer do not matter');
});

t.test('Ctrl-C leaves nothing behind', async t => {
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		const here = benchHost(t.testdir());
		here.put('/hangs', '');
		const env = {PATH: `${here.root}/bin:/usr/bin:/bin`, TWINPOOL_ROOT: here.root};
		const child: ChildProcess = spawn(process.execPath, [TWINPOOL, 'bench', '/rpool', '/tank'], {env, stdio: ['ignore', 'pipe', 'pipe']});
		let said = '';
		child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
			said += chunk;
		});
		const closed = once(child, 'close');
		while (!/\d\n/u.test(here.read('/pid'))) {
			await sleep(20);
		}
		t.equal(here.left().length, 2, 'there was something to leave');
		child.kill(signal);
		t.same(await closed, [2, null]);
		t.equal(said, 'twinpool bench: it was interrupted\n');
		t.same(here.left(), [], signal);
		t.notOk(existsSync(`/proc/${here.read('/pid').trim()}`), 'fio is gone');
	}
});
