// Every check on a configured host with the one fault that it is for, and nothing on one without.
import t from 'tap';
import {CHECKS, examine} from '../../lib/doctor/examine.ts';
import {factsOf} from '../../lib/doctor/facts.ts';
import {render} from '../../lib/topology/render.ts';
import {DoctorHost, fixture, type Kind, topologyOf} from '../fake/doctor-host.ts';
import {PAIRS} from '../fake/doctor-pair-table.ts';
import {FAULTS, HARMLESS} from '../fake/doctor-table.ts';

t.test('what configure writes: nothing is found, and nothing is left out', async t => {
	for (const kind of ['drbd', 'drbd-8', 'iscsi', 'gluster', 'gluster-bare'] as const satisfies Kind[]) {
		const here = DoctorHost.made(`${t.testdir({})}/${kind}`, kind);
		const facts = await here.facts();
		t.same(examine([facts]), [], kind);
		t.same(facts.missed, [], `${kind}: all of it was looked at`);
		// The version of drbd-utils matters to nobody here.
		t.ok(here.calls().length <= 7, `${kind}: ${here.calls().length} programs`);
		t.ok(facts.cluster && facts.cluster.primitives.length > 2, `${kind}: and there was something to look at`);
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
	const root = t.testdir({});
	const here = DoctorHost.made(`${root}/here`, 'drbd');
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
		const blind = DoctorHost.made(`${root}/${tool}`, 'drbd');
		blind.tool(tool, 'echo garbage; exit 3');
		t.match((await blind.facts()).missed[0], {what, why: /./u}, tool);
		const garbled = DoctorHost.made(`${root}/${tool}-garbled`, 'drbd');
		garbled.tool(tool, 'echo "<<garbage"');
		t.ok((await garbled.facts()).missed.length > 0, `${tool}: what cannot be read is said`);
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
