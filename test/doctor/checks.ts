// Every check on a configured host with the one fault that it is for, and nothing on one without.
import t from 'tap';
import {CHECKS, examine} from '../../lib/doctor/examine.ts';
import {factsOf} from '../../lib/doctor/facts.ts';
import {SEVERITIES} from '../../lib/doctor/finding.ts';
import type {Record} from '../../lib/doctor/record.ts';
import {render} from '../../lib/topology/render.ts';
import {DoctorHost, fixture, type Kind, topologyOf} from '../fake/doctor-host.ts';
import {FAULTS, HARMLESS} from '../fake/doctor-table.ts';

t.test('what configure writes: nothing is found, and nothing is left out', async t => {
	for (const kind of ['drbd', 'drbd-8', 'iscsi', 'gluster'] as const satisfies Kind[]) {
		const here = DoctorHost.made(`${t.testdir({})}/${kind}`, kind);
		const facts = await here.facts();
		t.same(examine([facts]), [], kind);
		t.same(facts.missed, [], `${kind}: all of it was looked at`);
		t.ok(facts.cluster && facts.cluster.primitives.length > 3, `${kind}: and there was something to look at`);
	}
});

t.test('what drbdadm was asked about is what configure writes', async t => {
	for (const [kind, version] of [
		['drbd', 9],
		['drbd-8', 8],
	] as const) {
		const topology = topologyOf(kind);
		const [node] = topology.nodes;
		const written = node && render(topology, node).find(({path}) => path.endsWith('.res'))?.text;
		t.equal(written, fixture(`drbd-utils-9.22/configured-${version}.res`), `capture dump-configured-${version}.xml anew`);
	}
});

t.test('one fault, one finding', async t => {
	for (const [index, [kind, check, plant, seen]] of FAULTS.entries()) {
		const here = DoctorHost.made(`${t.testdir({})}/${index}`, kind);
		plant(here);
		const found = await here.found();
		const says = found.map(one => `${one.check}: ${one.seen}`).join(' | ');
		t.ok(found.length > 0 && found.every(one => one.check === check), `${check}: ${says || 'nothing'}`);
		t.ok(
			found.some(one => seen.test(one.seen)),
			`${check}: ${seen} in ${says}`,
		);
		t.ok(
			found.every(({hurts, fix}) => hurts.length > 20 && fix.length > 10),
			'with what comes of it and the remedy',
		);
	}
});

t.test('no false alarm', async t => {
	for (const [index, [kind, what, plant]] of HARMLESS.entries()) {
		const here = DoctorHost.made(`${t.testdir({})}/${index}`, kind);
		plant(here);
		t.same(
			(await here.found()).map(one => `${one.check}: ${one.seen}`),
			[],
			what,
		);
	}
});

t.test('a host whose eyes are half shut gets no clean bill', async t => {
	const here = DoctorHost.made(t.testdir({}), 'drbd');
	const record = await here.record();
	t.match((await factsOf({...record, root: false})).missed, [{what: 'what only root may read'}]);
	here.remove('/proc/drbd');
	t.match((await here.facts()).missed, [{what: 'what depends on the version of DRBD', why: /module is not loaded/u}]);
	for (const [tool, what] of [
		['stonith_admin', 'the fencings on record'],
		['zfs', 'the versions of ZFS'],
		['zpool', 'the pools'],
		['drbdsetup', 'how DRBD stands'],
		['cibadmin', "the cluster's configuration"],
	] as const) {
		const blind = DoctorHost.made(`${here.root}-${tool}`, 'drbd');
		blind.tool(tool, 'echo garbage; exit 3');
		t.match((await blind.facts()).missed[0], {what, why: /./u}, tool);
		const garbled = DoctorHost.made(`${here.root}-${tool}-garbled`, 'drbd');
		garbled.tool(tool, 'echo "<<garbage"');
		t.ok((await garbled.facts()).missed.length > 0, `${tool}: what cannot be read is said`);
	}
});

/** Two hosts, the second one with a fault against the first. */
const PAIRS: readonly (readonly [check: string, spoil: (two: DoctorHost) => void, change: (record: Record) => Record, seen: RegExp])[] = [
	['shared host id', two => two.hostid(0x12_34_56_78), record => record, /^alpha and bravo have the same host id, 12345678$/u],
	[
		'different resources',
		two =>
			two.change(
				'/dump.xml',
				'<option name="protocol" value="C"/>',
				'<option name="protocol" value="C"/><option name="ping-int" value="3"/>',
			),
		record => record,
		/^DRBD's vmstore is not the same on alpha and bravo$/u,
	],
	[
		'different resources',
		two => two.change('/dump.xml', 'minor="0">/dev/drbd0', 'minor="0">/dev/drbd7'),
		record => record,
		/^DRBD's vmstore is not the same/u,
	],
	[
		'different corosync.conf',
		two => two.change('/etc/corosync/corosync.conf', 'token: 3000', 'token: 10000'),
		record => record,
		/^corosync\.conf is not the same on alpha and bravo$/u,
	],
	[
		'different versions of ZFS',
		two => two.put('/sys/module/zfs/version', '2.2.4-1\n'),
		record => record,
		/^ZFS is 2\.1\.11\S* on alpha and 2\.2\.4-1 on bravo$/u,
	],
	[
		'different versions of DRBD',
		() => undefined,
		record => ({...record, texts: {...record.texts, drbd: '8.4.11'}}),
		/^DRBD is 9\.2\.8 on alpha and 8\.4\.11 on bravo$/u,
	],
	[
		'different versions of twinpool',
		() => undefined,
		record => ({...record, twinpool: '9.9.9'}),
		/^twinpool is .* on alpha and 9\.9\.9 on bravo$/u,
	],
	[
		'clocks apart',
		() => undefined,
		record => ({...record, began: record.began - 60_000, ended: record.ended - 60_000}),
		/^the clock of bravo is at least (59|60) s behind that of alpha$/u,
	],
	[
		'clocks apart',
		() => undefined,
		record => ({...record, began: record.began + 60_000, ended: record.ended + 60_000}),
		/^the clock of bravo is at least (59|60) s ahead of that of alpha$/u,
	],
];

t.test('two hosts', async t => {
	const one = DoctorHost.made(`${t.testdir({})}/one`, 'drbd');
	const pair = async (two: DoctorHost, change: (record: Record) => Record): Promise<ReturnType<typeof examine>> => {
		const began = Date.now();
		const [here, there] = [await one.record(), await two.record()];
		return examine([await factsOf({...here, began, ended: Date.now()}), await factsOf(change(there))]);
	};
	t.same(await pair(DoctorHost.made(`${one.root}-clean`, 'drbd', 'bravo'), record => record), [], 'as configured');
	for (const [index, [check, spoil, change, seen]] of PAIRS.entries()) {
		if (check === 'shared host id') {
			one.hostid(0x12_34_56_78);
		}
		const two = DoctorHost.made(`${one.root}-${index}`, 'drbd', 'bravo');
		spoil(two);
		// What is told of DRBD's versions is told by more than one check.
		const found = (await pair(two, change)).filter(one => check !== 'different versions of DRBD' || one.host === '');
		t.same(
			found.map(one => one.check),
			[check],
			found.map(one => one.seen).join(' | '),
		);
		t.match(found[0]?.seen, seen);
	}
});

t.test('no check is without a host that has its fault', async t => {
	const planted = new Set([...FAULTS.map(([, check]) => check), ...PAIRS.map(([check]) => check), 'no cluster']);
	t.same(
		CHECKS.map(({name}) => name).filter(name => !planted.has(name)),
		[],
	);
	t.equal(new Set(CHECKS.map(({name}) => name)).size, CHECKS.length, 'each has a name of its own');
});

t.test('the worst comes first, and what is of the cluster once', async t => {
	const root = t.testdir({});
	const [one, two] = [DoctorHost.made(`${root}/one`, 'drbd'), DoctorHost.made(`${root}/two`, 'drbd', 'bravo')];
	for (const here of [one, two]) {
		here.remove('/etc/hostid');
		here.change('/cib.xml', 'name="stonith-enabled" value="true"', 'name="stonith-enabled" value="false"');
		here.change('/cib.xml', '</cluster_property_set>', '<nvpair id="m" name="maintenance-mode" value="true"/></cluster_property_set>');
	}
	const found = examine([await one.facts(), await two.facts()]);
	t.same(
		found.map(({check, host}) => `${host} ${check}`),
		[' STONITH off', 'alpha no host id', 'bravo no host id', ' on hold'],
	);
	const order = found.map(({severity}) => SEVERITIES.indexOf(severity));
	t.same(order, [...order].sort());
});

t.test('of two hosts the one whose cluster runs is believed, and a pool is seen where it is', async t => {
	const root = t.testdir({});
	const [one, two] = [DoctorHost.made(`${root}/one`, 'drbd'), DoctorHost.made(`${root}/two`, 'drbd', 'bravo')];
	one.put('/var/lib/pacemaker/cib/cib.xml', one.read('/cib.xml'));
	one.tool('cibadmin', 'exit 102');
	one.remove('/proc/spl/kstat/zfs/tank');
	two.change('/cib.xml', 'name="no-quorum-policy" value="stop"', 'name="no-quorum-policy" value="ignore"');
	two.change('/cib.xml', /(?<=id="tank-start-0s" name="start" interval="0s" timeout=")\d+/u, '30');
	two.change('/properties', 'multihost\toff', 'multihost\ton');
	const found = examine([await one.facts(), await two.facts()]);
	t.same(
		found.map(({check}) => check),
		['quorum ignored', 'start before MMP'],
	);
	const other = DoctorHost.made(`${root}/other`, 'drbd');
	other.change('/cib.xml', /(?<=id="tank-start-0s" name="start" interval="0s" timeout=")\d+/u, '30');
	other.remove('/proc/spl/kstat/zfs/tank');
	t.same(
		examine([await other.facts(), await two.facts()]).map(({check}) => check),
		['start before MMP'],
		'which the other host has imported',
	);
});
