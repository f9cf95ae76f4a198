// twinpool split-brain of a mirror with an iSCSI leg: which half has what, by the lease and the halves' own trails. It only reports.
import {chmodSync, readFileSync, truncateSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import t, {type Test} from 'tap';
import {judged} from '../../lib/cli/split-mirror.ts';
import {parseLease} from '../../lib/cluster/lease.ts';
import type {HalvesAnswer} from '../../lib/iscsi/side.ts';
import {TWINPOOL, twinpool} from '../fake/datasets.ts';
import {CIBADMIN, cibOf, GUIDS} from '../fake/leg-host.ts';
import {Tree} from '../fake/tree.ts';

t.setTimeout(120_000);

const lease = (behind = ''): string =>
	`epoch=7 holder=alpha pool=${GUIDS.pool} current=${behind ? GUIDS.own : `${GUIDS.own},${GUIDS.leg}`} behind=${behind}`;
const label = (name: string): Buffer => gunzipSync(readFileSync(new URL(`../fixture/open-iscsi-2.1.8/${name}.label.gz`, import.meta.url)));

/** As if this half had been written alone from a group on. */
function onItsOwn(from: bigint): Buffer {
	const own = label('bravo');
	for (let at = 128 * 1024; at + 1024 <= 256 * 1024; at += 1024) {
		if (own.readBigUInt64LE(at) === 0x00bab10cn && own.readBigUInt64LE(at + 16) >= from) {
			own.writeBigUInt64LE(own.readBigUInt64LE(at + 40) + 1n, at + 40);
		}
	}
	return own;
}

function hosts(t: Test, held: string, other: Buffer): {alpha: Tree; bravo: Tree} {
	const root = t.testdir();
	const host = (name: string, bytes: Buffer): Tree => {
		const here = new Tree(`${root}/${name}`);
		here.put('/dev/vdb1', bytes);
		truncateSync(`${here.root}/dev/vdb1`, 64 * 1024 * 1024);
		here.put('/proc/partitions', 'major minor  #blocks  name\n\n 254 17 2097152 vdb1\n');
		here.put('/proc/sys/kernel/hostname', `${name}\n`);
		here.put('/lease', held);
		here.put(
			'/cib.xml',
			cibOf('member').replace(
				'<resources/>',
				'<resources><primitive id="leg" class="ocf" provider="twinpool" type="iscsi-leg"><instance_attributes id="i"><nvpair id="p" name="pool" value="tank"/></instance_attributes></primitive></resources>',
			),
		);
		here.tool('cibadmin', CIBADMIN);
		here.tool('stonith_admin', ':');
		here.put('/calls', '');
		return here;
	};
	const [alpha, bravo] = [host('alpha', label('alpha')), host('bravo', other)];
	alpha.put('/bin/ssh', `#!/bin/sh\nTWINPOOL_ROOT=${root}/bravo PATH=${root}/bravo/bin:$PATH exec ${process.execPath} ${TWINPOOL} side\n`);
	chmodSync(`${root}/alpha/bin/ssh`, 0o755);
	return {alpha, bravo};
}

t.test('two halves that have everything', async t => {
	const {alpha} = hosts(t, lease(), label('bravo'));
	alpha.put('/proc/spl/kstat/zfs/tank/state', 'ONLINE\n');
	const {code, stdout, stderr} = await twinpool(alpha, 'split-brain', 'tank');
	t.equal(code, 0, stderr);
	t.match(stdout, /^tank: no half was written on its own\nno fencing is on record\nlease 7: alpha holds it; imported on alpha\n/u);
	t.match(
		stdout,
		new RegExp(`^bravo {2}/dev/vdb1 \\(vdev ${GUIDS.leg}\\): txg 28 of 2026-11-23T[\\d:]+Z; has everything, says the lease$`, 'mu'),
	);
});

t.test('one that was written on its own: which, since when, and what there is to do', async t => {
	const {alpha} = hosts(t, lease(`${GUIDS.leg}@20`), onItsOwn(22n));
	const {code, stdout, stderr} = await twinpool(alpha, 'split-brain', 'pool:tank');
	t.equal(code, 1, stderr);
	t.match(stdout, /^tank: the halves of the mirror were written apart$/mu);
	t.match(stdout, /: txg 28 of \S+; is behind, says the lease, since txg 20; it was written on its own$/mu);
	t.match(stdout, /^on bravo, for a copy: dd if=\/dev\/vdb1 of=FILE bs=1M conv=sparse$/mu);
	t.match(stdout, new RegExp(`: zpool labelclear -f LEGDISK; zpool replace tank ${GUIDS.leg} LEGDISK$`, 'mu'));
	t.match(stdout, /^ {2}then, on bravo: crm_resource --resource leg --set-parameter override --parameter-value 7; /mu);
	const json = JSON.parse((await twinpool(alpha, 'split-brain', 'tank', '--json')).stdout);
	t.match(json, {
		pool: 'tank',
		torn: true,
		lease: {epoch: 7},
		halves: [
			{host: 'alpha', alone: false},
			{host: 'bravo', alone: true, behind: 20},
		],
	});
	t.match(await twinpool(alpha, 'split-brain', 'tank', '--keep', 'bravo', '--yes'), {code: 2, stderr: /what is to be done is yours/u});
	alpha.tool('drbdadm', 'exit 0');
	t.match(await twinpool(alpha, 'split-brain', 'tank'), {
		code: 2,
		stderr: /tank is a DRBD resource and a pool that mirrors over iSCSI: say drbd:tank or pool:tank/u,
	});
});

t.test('behind, and not more', async t => {
	const {alpha, bravo} = hosts(t, lease(`${GUIDS.leg}@28`), label('bravo'));
	t.match(await twinpool(alpha, 'split-brain', 'tank'), {code: 0, stdout: /is behind, says the lease, since txg 28$/mu});
	bravo.put('/proc/sys/kernel/hostname', 'bravo\n');
	alpha.tool('ssh', 'echo No route to host >&2; exit 255');
	t.match(
		await twinpool(alpha, 'split-brain', 'tank'),
		{code: 2, stderr: /"ssh bravo twinpool side" ended with 255/u},
		'an unknown half is not a good one',
	);
});

t.test('both current: only when each of them went its own way', async t => {
	const said = (host: string, guid: string, ...groups: [number, string][]): HalvesAnswer => ({
		host,
		imported: false,
		halves: [
			{guid, path: '/dev/vdb1', poolGuid: GUIDS.pool, txg: groups.at(-1)?.[0] ?? 0, trail: groups.map(([txg, root]) => [txg, root, txg])},
		],
	});
	const alone = (...groups: [number, string][]): boolean[] =>
		judged(parseLease(lease()), [
			said('alpha', GUIDS.own, [5, 'a'], [6, 'b'], [7, 'c'], [8, 'd']),
			said('bravo', GUIDS.leg, ...groups),
		]).map(one => one.alone);
	t.same(alone([4, 'z'], [5, 'a']), [false, false], 'read a moment before the other one');
	t.same(alone([5, 'a'], [6, 'x'], [7, 'y']), [false, true]);
	const longer = said('bravo', GUIDS.leg, [7, 'c'], [8, 'd'], [9, 'x'], [10, 'y']);
	const left = judged(parseLease(lease(`${GUIDS.leg}@8`)), [said('alpha', GUIDS.own, [7, 'c'], [8, 'd']), longer]);
	t.same(
		left.map(one => one.alone),
		[false, true],
		'what is behind by the lease must not have gone on at all',
	);
});
