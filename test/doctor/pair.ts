// Two hosts: what has to be the same, or must not be, and what is told once.
import t from 'tap';
import {examine, type Found} from '../../lib/doctor/examine.ts';
import {factsOf} from '../../lib/doctor/facts.ts';
import {SEVERITIES} from '../../lib/doctor/finding.ts';
import type {Record} from '../../lib/doctor/record.ts';
import {DoctorHost} from '../fake/doctor-host.ts';
import {PAIRS} from '../fake/doctor-pair-table.ts';

/** As the command does it: the other one's look lies within this one's. */
async function pair(one: DoctorHost, two: DoctorHost, change: (record: Record) => Record = record => record): Promise<Found[]> {
	const began = Date.now();
	const [here, there] = [await one.record(), await two.record()];
	return examine([await factsOf({...here, began, ended: Date.now()}), await factsOf(change(there))]);
}

t.test('two hosts', async t => {
	const one = DoctorHost.made(`${t.testdir({})}/one`, 'drbd');
	t.same(await pair(one, DoctorHost.made(`${one.root}-clean`, 'drbd', 'bravo')), [], 'as configured');
	for (const [index, [check, spoil, change, seen]] of PAIRS.entries()) {
		if (check === 'shared host id') {
			one.hostid(0x12_34_56_78);
		}
		const two = DoctorHost.made(`${one.root}-${index}`, 'drbd', 'bravo');
		spoil(two);
		// What is told of DRBD's versions is told by more than one check.
		const found = (await pair(one, two, change)).filter(one => check !== 'different versions of DRBD' || one.host === '');
		t.same(
			found.map(one => one.check),
			[check],
			found.map(one => one.seen).join(' | '),
		);
		t.match(found[0]?.seen, seen);
	}
});

t.test('the worst comes first, and what is of the cluster once', async t => {
	const root = t.testdir({});
	const [one, two] = [DoctorHost.made(`${root}/one`, 'drbd'), DoctorHost.made(`${root}/two`, 'drbd', 'bravo')];
	for (const here of [one, two]) {
		here.remove('/etc/hostid');
		here.change('/cib.xml', 'name="stonith-enabled" value="true"', 'name="stonith-enabled" value="false"');
		here.change('/cib.xml', '</cluster_property_set>', '<nvpair id="m" name="maintenance-mode" value="true"/></cluster_property_set>');
	}
	const found = await pair(one, two);
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
	const found = await pair(one, two);
	t.same(
		found.map(({check}) => check),
		['quorum ignored', 'start before MMP'],
	);
	const other = DoctorHost.made(`${root}/other`, 'drbd');
	other.change('/cib.xml', /(?<=id="tank-start-0s" name="start" interval="0s" timeout=")\d+/u, '30');
	other.remove('/proc/spl/kstat/zfs/tank');
	t.same(
		(await pair(other, two)).map(({check}) => check),
		['start before MMP'],
		'which the other host has imported',
	);
});
