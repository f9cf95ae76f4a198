// before-resync-target where something is in its way: the resync begins all the same, unless it is told not to let it.
import t from 'tap';
import {identity} from '../../lib/fence/lock.ts';
import {dumped} from '../../lib/fence/volumes.ts';
import {environment, fixture, kernel} from '../fake/kernel.ts';
import {slowness} from '../fake/slowness.ts';
import {BEFORE, host, proc84} from '../fake/zvols.ts';

t.setTimeout(120_000);

t.test('two pools: one that is suspended or hangs keeps nobody from the other', async t => {
	for (const trouble of ['suspended', 'hangs']) {
		const bob = host(t, 'other/vm1');
		bob.put('proc/spl/kstat/zfs/other/state', trouble === 'suspended' ? 'SUSPENDED\n' : 'ONLINE\n');
		if (trouble === 'hangs') {
			bob.does('zfs', `case "$*" in *other*) sleep 60 ;; esac\n${bob.read('does-zfs')}`);
		}
		const {code, ms, trace, left} = await bob.run('before-resync-target', BEFORE, '--timeout 3');
		t.equal(code, 0, 'the resync begins');
		t.ok(ms < 6000 * slowness(), `${trouble}: ${Math.round(ms)} ms`);
		t.match(bob.snapshots(), [/^tank\/vm0@/u]);
		t.match(trace, {why: trouble === 'suspended' ? /^1 of 2 .*pool other is suspended/u : /^1 of 2 .*gave no answer/u});
		t.same(left, [], 'nothing is left of it');
		t.equal((await bob.run('before-resync-target', BEFORE, '--timeout 3 --disconnect-on-error')).code, 1, 'unless told to');
	}
});

t.test('no zfs, a zfs that dies, that refuses, that floods', async t => {
	for (const [how, does] of [
		['dies', 'kill -9 $$'],
		['refuses', 'echo "cannot open: permission denied" >&2; exit 1'],
		['runs out of space', `[ "$1" = snapshot ] && { echo "cannot create snapshot: out of space" >&2; exit 1; }\n`],
	] as const) {
		const bob = host(t);
		bob.does('zfs', how === 'runs out of space' ? `${does}${bob.read('does-zfs')}` : does);
		t.equal((await bob.run('before-resync-target', BEFORE)).code, 0, how);
		t.equal((await bob.run('before-resync-target', BEFORE, '-n')).code, 1, `${how}, and it matters`);
	}
	const bare = host(t);
	bare.put('bin/zfs', '', 0o644);
	t.match(await bare.run('before-resync-target', BEFORE), {code: 0, trace: {why: /^0 of 2/u}});
});

t.test('nothing that a resync would wait for', async t => {
	const plain = kernel(t);
	const {code, log, trace} = await plain.run('before-resync-target', environment('drbd-8.4.11', 'before-resync-target'), '-n');
	t.same({code, log}, {code: 0, log: ['cibadmin -Q -l']}, 'a host without zvols asks nobody but the cluster');
	t.match(trace, {why: /no volume of the resource lies on a zvol/u});
	const mixed = host(t);
	mixed.put('dump', fixture('drbd-8.4.11/bob/12-resolved/dump.txt'));
	t.match(
		await mixed.run('before-resync-target', environment('drbd-8.4.11', 'before-resync-target'), '-n'),
		{code: 0},
		'zvols of somebody else',
	);
	t.same(mixed.snapshots(), []);
	const bob = host(t);
	const {DRBD_RESOURCE: _, ...nameless} = BEFORE;
	t.match(await bob.run('before-resync-target', nameless), {code: 0, trace: {why: /DRBD_RESOURCE is not set/u}});
	t.equal((await bob.run('before-resync-target', nameless, '-n')).code, 1);
	bob.does('drbdadm', 'exit 1');
	await bob.run('before-resync-target', BEFORE, '--quux --keep=many');
	t.match(bob.snapshots(), [/^tank\/vm0@/u], 'without a configuration: the volume of this event');
	bob.put('proc/drbd', proc84('before'));
	bob.put('run/twinpool/handler-resync%20vmstore.lock', identity(process.pid));
	const busy = await bob.run('before-resync-target', BEFORE, '--timeout 1');
	t.match(busy, {code: 0, trace: {why: /another handler is busy/u}});
	t.ok(busy.ms < 4000 * slowness(), `${Math.round(busy.ms)} ms`);
});

t.test('names of every kind', async t => {
	const bob = kernel(t);
	bob.zvol(0, 'tank/$(touch+hacked);x');
	const env = {...BEFORE, DRBD_RESOURCE: 'vm`touch hacked`@;store', DRBD_LL_DISK: '/dev/zvol/tank/$(touch+hacked);x'};
	bob.does('drbdadm', 'exit 1');
	bob.put('proc/drbd', proc84('before'));
	t.equal((await bob.run('before-resync-target', env)).code, 0);
	t.match(bob.snapshots(), [/^tank\/\$\(touch hacked\);x@twinpool-before-resync-vm_touch_hacked___store-\d{8}T\d{6}Z$/u]);
	t.notOk(bob.snapshots().some(name => name.includes('hacked@')));
});

t.test('many volumes, and what lies between', async t => {
	const bob = host(t);
	const numbers = Array.from({length: 24}, (_, index) => index + 2);
	for (const number of numbers) {
		bob.zvol(number * 16, `tank/vm${number}`);
	}
	// Volume 1 on dm-crypt on a zvol, and on a partition of one.
	bob.put('sys/class/block/dm-0/slaves/zd16', '');
	const env = environment('drbd-9.2.8', 'before-resync-target');
	env['DRBD_MINOR'] = numbers.join(' ');
	env['DRBD_LL_DISK'] = numbers.map(number => (number === 2 ? '/dev/dm-0' : `/dev/zd${number * 16}p1`)).join(' ');
	bob.put('proc/drbd', 'version: 9.2.8 (api:2/proto:86-122)\n');
	bob.does('drbdsetup', 'exit 1');
	t.equal((await bob.run('before-resync-target', env)).code, 0);
	t.equal(bob.snapshots().length, 24);
	t.match(bob.snapshots(), [/^tank\/vm1@/u], 'below dm');
});

t.test("what drbdadm prints of this host's volumes", async t => {
	const both = [
		{minor: 0, disk: '/dev/vdc'},
		{minor: 1, disk: '/dev/vdb'},
	];
	const old = fixture('drbd-8.4.11/bob/12-resolved/dump.txt');
	t.same(dumped(old), both);
	t.same(dumped(fixture('drbd-9.2.8/bob/12-resolved/dump.txt')), both);
	t.same(dumped(old.replace('/dev/vdc', '/dev/alices')), both, "the peer's disks are not ours");
	t.same(dumped(old.replace(' on bob: ', ' on alice: ').replace('/dev/vdc', '"/dev/the alices"'))[0]?.disk, '/dev/the alices');
	t.same(dumped(''), []);
});
