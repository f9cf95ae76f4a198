// twinpool bench, built, with a fio that says what the test wants: the layouts, the ratios, the table, and what makes a figure look better than it is.
import t from 'tap';
import {type Bench, median, type Row, report} from '../../lib/cli/bench-report.ts';
import {BenchHost, benchHost} from '../fake/bench-host.ts';
import {twinpool} from '../fake/datasets.ts';

t.setTimeout(240_000);

const PLACES = ['/rpool', '/tank', '/far', '/vm'];
t.test('every layout, each to the local pool', async t => {
	const here = benchHost(t.testdir());
	const {code, stdout, stderr} = await twinpool(here, 'bench', '--json', ...PLACES);
	t.match({code, stderr}, {code: 0, stderr: ''});
	const {rows, local, fio, settings} = JSON.parse(stdout) as Bench;
	t.match({local, fio, settings}, {local: 'rpool', fio: 'fio-3.33', settings: {runtime: 10, rounds: 3, jobs: 8, size: 1024}});
	t.same(
		rows.map(({layout, name, directory, read, write}) => [layout, name, directory, read.iops, read.ratio?.iops, write.iops, write.ratio]),
		[
			['local', 'rpool', '/rpool', 80_000, 1, 1000, {iops: 1, latency: 1}],
			['drbd', 'tank', '/tank', 60_000, 0.75, 250, {iops: 0.25, latency: 0.25}],
			['iscsi', 'far', '/far', 40_000, 0.5, 125, {iops: 0.125, latency: 0.125}],
			['gluster', 'vm', '/vm', 20_000, 0.25, 100, {iops: 0.1, latency: 0.1}],
		],
	);
	t.same(rows[1]?.write.latency, {mean: 25, p50: 25, p95: 47.5, p99: 49.5, 'p99.9': 49.95});
	t.equal(rows[1]?.write.rounds.length, 3, 'each round is there');
	t.same(rows[1]?.properties, {recordsize: '131072', sync: 'standard'});
	t.same(here.left(), []);
	const calls = here.measured();
	t.equal(calls.length, 4 + 4 * 2 * 3);
	for (const call of calls) {
		t.match(call, / --filename=\S+\/(?:rpool|tank|far|vm)\/\.twinpool-bench-\w{6}\/file /u, 'nothing but a file of its own');
		t.equal(call.includes('--sync=1'), call.includes('randwrite'), 'a write counts when it is on stable storage');
	}
	t.same(
		calls.slice(4).map(call => /--name=(\w+) \S+\/(\w+)\/\.twinpool/u.exec(call)?.slice(1).join(' ')),
		['rpool', 'tank', 'far', 'vm', 'tank', 'far', 'vm', 'rpool', 'far', 'vm', 'rpool', 'tank'].flatMap(place => [
			`randread ${place}`,
			`randwrite ${place}`,
		]),
		'in turns, and each is the first in its turn',
	);
});

t.test('as the comparison that it came from, with what drills found', async t => {
	const here = benchHost(t.testdir());
	here.put(
		'/one.json',
		JSON.stringify({pool: 'tank', legs: [{from: 'a', to: 'b', how: 'power', gap: {from: 1000, to: 16_400}, whole: 40_000, more: 1}]}),
	);
	const leg = (to: number, whole: number): object => ({how: 'move', gap: {from: 0, to}, whole});
	here.put('/two.json', JSON.stringify({pool: 'far', legs: [leg(2000, 3000), leg(4000, 4500)]}));
	const {code, stdout, stderr} = await twinpool(
		here,
		'bench',
		...PLACES,
		'--drill',
		`${here.root}/one.json`,
		'--drill',
		`${here.root}/two.json`,
	);
	t.equal(code, 0, stderr);
	const cells = (line: string): string[] =>
		line
			.split('|')
			.slice(1, -1)
			.map(cell => cell.trim());
	const lines = stdout.split('\n');
	t.same(cells(lines[0] ?? ''), ['Solution', '4k random read (IOPS)', '4k random write (IOPS)', 'Write latency', 'Failover', 'Recovery']);
	t.same(lines.slice(2, 6).map(cells), [
		['Local pool rpool', '80,000 (1.00)', '1,000 (1.00)', '100.0 ms (1.00)', '-', '-'],
		['DRBD+ZFS tank', '60,000 (0.75)', '250 (0.25)', '25.0 ms (0.25)', '15.4 s, fenced', '23.6 s'],
		['ZFS+iSCSI far', '40,000 (0.50)', '125 (0.13)', '12.5 ms (0.13)', '4.0 s, moved', '1.0 s'],
		['ZFS+Gluster vm', '20,000 (0.25)', '100 (0.10)', '10.0 ms (0.10)', '-', '-'],
	]);
	t.match(stdout, /^\| DRBD\+ZFS tank write +\| 25\.0 ms \(0\.25\) +\| 25\.0 ms +\| 47\.5 ms +\| 49\.5 ms +\| 50\.0 ms +\|$/mu);
	t.match(stdout, /^in brackets: as a ratio to rpool, the local pool, in this run$/mu);
	t.notMatch(stdout + stderr, '\u001b', 'no colour, and no progress where nobody sees it');
	t.match(await twinpool(here, 'bench', '/far', '--drill', `${here.root}/one.json`), {
		code: 2,
		stderr: /one\.json is a drill of tank: what is measured is far/u,
	});
	here.put('/three.json', '{"pool":"far","legs":[]}');
	t.match(await twinpool(here, 'bench', '/far', '--drill', `${here.root}/three.json`), {
		code: 2,
		stderr: /three\.json is not what "twinpool drill" leaves/u,
	});
	t.match(await twinpool(here, 'bench', '/far', '--drill', '/none.json'), {code: 2, stderr: /none\.json/u});
});

t.test('found by itself, and not without a yes', async t => {
	const here = benchHost(t.testdir());
	t.match(await twinpool(here, 'bench'), {code: 2, stdout: '', stderr: /nothing was done: --yes/u});
	t.same(here.measured(), []);
	const {code, stdout, stderr} = await twinpool(
		here,
		'bench',
		'--yes',
		'--json',
		'--rounds',
		'1',
		'--runtime',
		'1',
		'--jobs',
		'2',
		'--size',
		'1',
	);
	t.equal(code, 0, stderr);
	t.same(
		new Set((JSON.parse(stdout) as Bench).rows.map(({directory}) => directory)),
		new Set(PLACES),
		'of each pool the dataset nearest to its top, and no brick',
	);
	t.equal(stderr, '');
	t.match(
		here.calls().find(call => call.includes('randwrite')),
		/ --size=1m .*--numjobs=2 .*--runtime=1 /u,
	);
	here.put('/proc/spl/kstat/zfs/far/state', 'SUSPENDED\n');
	const rest = await twinpool(here, 'bench', '--yes', '--json', '--rounds', '1');
	t.match(rest.stderr, /^not measured: pool far is suspended/mu, 'what is left out is said');
	t.equal((JSON.parse(rest.stdout) as Bench).rows.length, 3);
	const none = new BenchHost(`${here.root}/none`);
	none.put('/proc/self/mountinfo', '');
	t.match(await twinpool(none, 'bench', '--yes'), {code: 2, stderr: /there is nothing to measure/u});
});

t.test('no local pool, no ratio', async t => {
	const here = benchHost(t.testdir());
	const {stdout} = await twinpool(here, 'bench', '/tank/data', '--json');
	const {local, rows} = JSON.parse(stdout) as Bench;
	t.equal(local, undefined);
	t.match(rows, [{layout: 'drbd', name: 'tank', directory: '/tank/data'}]);
	t.notOk('ratio' in (rows[0]?.read ?? {}));
});

t.test('a device mapper on DRBD, or on a leg, does not hide it', async t => {
	const here = benchHost(t.testdir());
	here.put('/pools/rpool', here.read('/pools/rpool').replace('sda3', 'dm-0'));
	here.put('/sys/class/block/dm-0/slaves/drbd7/dev', '');
	here.put('/sys/class/block/dm-1/slaves/sdc1/dev', '');
	here.put('/pools/tank', here.read('/pools/tank').replace('drbd0', 'dm-1'));
	const {stdout} = await twinpool(here, 'bench', '/rpool', '/tank', '--json', '--rounds', '1');
	t.match(JSON.parse(stdout), {
		rows: [
			{layout: 'drbd', name: 'rpool'},
			{layout: 'iscsi', name: 'tank'},
		],
	});
});

t.test('what is not whole is fast, and is said', async t => {
	const here = benchHost(t.testdir());
	here.drbd('07-resynced');
	t.match(await twinpool(here, 'bench', '/tank', '--rounds', '1'), {code: 0});
	here.drbd('05-link-cut');
	here.remove('/fio/tank-read.rounds');
	here.remove('/fio/tank-write.rounds');
	t.match(await twinpool(here, 'bench', '/tank', '--rounds', '1'), {
		code: 1,
		stdout: /^DRBD\+ZFS tank: alpha drbd vmstore: peer is not connected \(Connecting\): writes are not replicated$/mu,
	});
	here.put('/sync', 'disabled');
	here.put('/proc/spl/kstat/zfs/rpool/state', 'DEGRADED\n');
	const {code, stdout} = await twinpool(here, 'bench', '/rpool', '--rounds', '1', '--json');
	t.equal(code, 1);
	t.match((JSON.parse(stdout) as Bench).rows[0]?.notes, [/^alpha pool rpool: /u, 'sync=disabled on rpool: nothing waits for the disks']);
});

t.test('a narrow terminal, and medians', async t => {
	const row = {layout: 'drbd', name: 'tank', directory: '/tank', properties: {}, notes: ['odd']} as const;
	const figures = {iops: 12_345.6, latency: {mean: 0.5}, rounds: []};
	const rows: Row[] = [{...row, notes: ['odd'], read: figures, write: figures}];
	const bench = {began: '', host: 'alpha', fio: 'fio-3.33', settings: {runtime: 1, rounds: 1, jobs: 1, size: 1}, rows};
	const text = report(bench, 60);
	t.match(text, /^DRBD\+ZFS tank\n {2}4k random read \(IOPS\) {3}12,346\n/u);
	t.match(text, /^DRBD\+ZFS tank: odd$/mu);
	t.match(text, /^no local pool was measured: there are no ratios$/mu);
	const table = text.slice(0, text.indexOf('\n1 at a time'));
	t.ok(
		table.split('\n').every(line => line.length <= 60),
		table,
	);
	const one = (iops: number, p50?: number): Parameters<typeof median>[0][number] => ({iops, latency: {mean: iops, ...(p50 && {p50})}});
	t.same(median([one(4, 1), one(1, 2), one(9, 4)]), {iops: 4, latency: {mean: 4, p50: 2}});
	t.same(median([one(4, 1), one(2)]), {iops: 3, latency: {mean: 3}}, 'of an even number the middle; a percentile that one has not is none');
});
