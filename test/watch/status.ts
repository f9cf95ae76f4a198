// twinpool status: the whole view of a host whose tools print what the real ones printed, and its exit code.
import t, {type Test} from 'tap';
import {captured, constraintFor} from '../fake/captured.ts';
import {twinpool} from '../fake/datasets.ts';
import {Tree} from '../fake/tree.ts';
import {fixture, Watched} from '../fake/watched.ts';
import {golden} from '../golden.ts';

const EIGHT = 'drbd-8.4.11';
const NINE = 'drbd-9.2.8';

function well(t: Test): Watched {
	const here = new Watched(t.testdir());
	here.drbd(EIGHT, '07-resynced');
	here.pool('tank', 'ONLINE', 'healthy');
	return here;
}

t.test('all is well', async t => {
	const here = well(t);
	const {code, stdout, stderr} = await twinpool(here, 'status');
	t.match({code, stderr}, {code: 0, stderr: ''});
	t.match(stdout, /^all is well$/mu);
	t.match(stdout, /^drbd vmstore +Primary UpToDate Connected +Secondary UpToDate$/mu);
	t.match(stdout, /^pool tank +ONLINE$/mu);
	t.match(stdout, /^node +member +member$/mu);
	t.notMatch(stdout, '\u001b', 'no colours where nobody sees them');
	const {items, level} = JSON.parse((await twinpool(here, 'status', '--json')).stdout) as {items: {kind: string}[]; level: string};
	t.equal(level, 'well');
	t.same(new Set(items.map(({kind}) => kind)), new Set(['cluster', 'node', 'drbd', 'pool', 'resource']));
});

const OUT = captured('down-stonith-history-xml');

t.test('every captured phase of DRBD, as it is shown', async t => {
	const here = new Watched(t.testdir());
	const seen: string[] = [];
	for (const version of [EIGHT, NINE] as const) {
		for (const phase of [
			'01-alone',
			'03-initial-sync',
			'05-link-cut',
			'06-resync',
			'07-resynced',
			'10-split-brain',
			'13-peer-diskless',
			'14-outdated',
		]) {
			here.drbd(version, phase);
			const {code, stdout} = await twinpool(here, 'status');
			const rows = stdout.split('\n').filter(line => /drbd/u.test(line));
			seen.push(`${version} ${phase}: ${code}`, ...rows.map(row => `  ${row}`));
		}
	}
	golden(t, 'status-drbd.txt', `${seen.join('\n')}\n`);
});

type Spoil = (here: Watched) => void;
/** What is wrong, how it comes, the exit code, and what is said of it. */
const FAULTS: readonly (readonly [what: string, spoil: Spoil, code: number, says: RegExp])[] = [
	['no cluster here', here => here.says('cibadmin', '', 102), 1, /^alpha cluster: .*no cluster is running on this host/mu],
	['no quorum', here => here.cluster({quorum: false}), 1, /^cluster: this partition has no quorum/mu],
	['the peer is lost', here => here.cluster({bravo: 'lost'}), 1, /^bravo node: bravo is lost \(in_ccm=false/mu],
	['the peer was fenced', here => here.cluster({bravo: 'fenced'}), 1, /^bravo node: bravo is fenced/mu],
	[
		'a fencing that failed',
		here => {
			here.cluster({bravo: 'lost'});
			here.says('stonith_admin', captured('stonith-history-verbose-xml-unclean').stdout);
		},
		1,
		/^bravo fencing: the last fencing of bravo is pending/mu,
	],
	['a silent fencer', here => here.tool('stonith_admin', 'exec sleep 30'), 2, /^fencing: the fencer does not tell/mu],
	['a fencer that is out of reach', here => here.says('stonith_admin', OUT.stdout, OUT.exit), 2, /^fencing: the fencer does not tell/mu],
	[
		'a fence constraint',
		here => here.cluster({constraint: constraintFor('alpha')}),
		1,
		/^constraint drbd-fence-by-handler-vmstore-vmstore-clone: nobody but alpha may be promoted/mu,
	],
	[
		'a failed operation',
		here => here.cluster({}, {'fail-count-tank#monitor_15000': '2'}),
		1,
		/monitor_15000 of tank failed on bravo.*--cleanup --resource tank/u,
	],
	[
		'the other side is behind',
		here => here.cluster({}, {'twinpool-behind-tank': '1'}),
		1,
		/^bravo lease tank: bravo does not have everything of tank/mu,
	],
	['what the other side told', here => here.cluster({}, {'twinpool-pool-data': 'ill: DEGRADED'}), 1, /^pool data +DEGRADED$/mu],
	[
		'a split brain, as its handler left it',
		here => here.put('/run/twinpool/alarm-split-brain-vmstore', 'told\n20261128T000000Z 0: A here, B there\n'),
		1,
		/^alpha alarm split-brain vmstore: split-brain of DRBD resource vmstore, seen by alpha; 20261128T000000Z 0: A here, B there$/mu,
	],
	[
		'a pool that is suspended',
		here => here.put('/proc/spl/kstat/zfs/tank/state', 'SUSPENDED\n'),
		1,
		/^alpha pool tank: its I\/O is held/mu,
	],
	[
		'a resilver',
		here => here.pool('tank', 'ONLINE', 'resilvering'),
		1,
		/^alpha pool tank: resilver 54\.34 % done, no estimated completion time/mu,
	],
	[
		'a vdev that is gone',
		here => here.pool('tank', 'DEGRADED', 'released'),
		1,
		/^alpha pool tank: 2 of 3 vdevs are not ONLINE; reads or writes failed on 1 of 3/mu,
	],
	[
		'a leg that is lost',
		here => here.leg('FAILED ONLINE', 'writes wait: bravo is a member'),
		1,
		/^alpha leg tank: writes wait: bravo is a member, since 2026-/mu,
	],
	[
		'a leg that nobody keeps',
		here => {
			here.leg('LOGGED_IN ONLINE', 'the leg has everything');
			here.remove('/proc/4711');
		},
		1,
		/^alpha leg tank: nobody keeps it: "systemctl start twinpool-leg@tank\.service"/mu,
	],
	['drbdsetup that fails', here => here.says('drbdsetup', '', 20), 2, /^alpha drbd: drbdsetup events2 ended with 20/mu],
	[
		'no whole answer',
		here => here.says('drbdsetup', 'exists resource name:vmstore role:Primary\n'),
		2,
		/^alpha drbd: drbdsetup events2 gave no whole answer/mu,
	],
	[
		'a guest that the cluster wants',
		here => {
			here.guests();
			const members = [{uuid: '00000000-0000-4000-8000-000000000007', name: '-dash', expected: true}];
			here.put('/run/twinpool/guests-vms.json', JSON.stringify({members, off: [], points: [], signature: ''}));
		},
		1,
		/^guests +1 in shutdown, 6 running, 1 paused, 3 shut off$(?:.|\n)*^alpha guest -dash: the cluster wants it to run here$/mu,
	],
	[
		'a silent libvirt',
		here => {
			here.guests();
			here.tool('virsh', 'echo "error: failed to connect to the hypervisor" >&2; exit 1');
		},
		2,
		/^alpha guests: libvirt does not answer, so these are its own records: virsh -c ended with 1: error: failed to connect/mu,
	],
];

for (const [what, spoil, wanted, says] of FAULTS) {
	t.test(what, async t => {
		const here = well(t);
		spoil(here);
		const {code, stdout, stderr} = await twinpool(here, 'status');
		t.match(stdout, says);
		t.match({code, stderr}, {code: wanted, stderr: ''});
	});
}

t.test('a pool that is suspended is not asked by zpool', async t => {
	const here = well(t);
	here.put('/proc/spl/kstat/zfs/tank/state', 'SUSPENDED\n');
	await twinpool(here, 'status');
	t.notMatch(here.calls(), [/^zpool/u]);
});

t.test('a pool that is imported nowhere', async t => {
	const here = well(t);
	here.remove('/proc/spl');
	here.says(
		'cibadmin',
		fixture('cib/both.xml')
			.replaceAll('tank_start_0', 'tank_stop_0')
			.replaceAll('operation="start"', 'operation="stop"')
			.replaceAll(/<lrm_rsc_op id="tank_monitor_15000"[^>]*>/gu, ''),
	);
	const {code, stdout} = await twinpool(here, 'status');
	t.equal(code, 1);
	t.match(stdout, /^resource tank: pool tank is imported nowhere, as far as Pacemaker knows$/mu);
	t.match(stdout, /^pool tank +absent$/mu);
});

t.test('what cannot be run', async t => {
	t.match(await twinpool(new Tree(t.testdir()), 'status'), {code: 2, stdout: '', stderr: /^twinpool status: nothing of it is here/u});
	t.match(await twinpool(well(t), 'status', '--jsn'), {code: 2, stdout: '', stderr: /^twinpool status: Unknown option '--jsn'/u});
	t.match(await twinpool(well(t), 'status', 'tank'), {code: 2, stdout: '', stderr: /^twinpool status: Unexpected argument 'tank'/u});
});
