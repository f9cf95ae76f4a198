// before-resync-target and after-resync-target, built, in the kernel's bare environment: what becomes of the zvols under the resource.
import t, {type Test} from 'tap';
import {identity} from '../../lib/fence/lock.ts';
import {environment, fixture, type Host, kernel, withDisks} from '../fake/kernel.ts';

const DISKS = ['/dev/zvol/tank/vm0', '/dev/zd16'];
const NAME = /^(tank\/vm\d|other\/vm1)@twinpool-before-resync-vmstore-(\d{8}T\d{6}Z)$/u;
const BEFORE = environment('drbd-8.4.11', 'before-resync-target', DISKS);
const SECOND = environment('drbd-8.4.11', 'before-resync-target', DISKS, 1);
const AFTER = environment('drbd-8.4.11', 'after-resync-target', DISKS);
const AFTER_SECOND = environment('drbd-8.4.11', 'after-resync-target', DISKS, 1);
const OLD = 'tank/vm0@twinpool-before-resync-vmstore-20260101T000000Z';
t.setTimeout(180_000);

/** 8.4's /proc/drbd as captured in a phase; `before` is what its events2.log shows when the handler is called. */
function proc84(phase: string): string {
	const text = fixture(`drbd-8.4.11/bob/${phase === 'before' ? '03-initial-sync' : phase}/proc-drbd.txt`);
	return phase === 'before' ? text.replaceAll('cs:SyncTarget', 'cs:WFSyncUUID').replaceAll('ds:Inconsistent', 'ds:Outdated') : text;
}

/** bob of the captures, with two volumes on zvols of one pool. */
function host(t: Test, second = 'tank/vm1'): Host {
	const bob = kernel(t);
	bob.zvol(0, 'tank/vm0');
	bob.zvol(16, second);
	bob.put('dump', withDisks(fixture('drbd-8.4.11/bob/12-resolved/dump.txt'), DISKS));
	bob.does('drbdadm', 'cat "$D/dump"');
	bob.put('proc/drbd', proc84('before'));
	bob.does('cibadmin', 'exit 102');
	return bob;
}

t.test('every zvol under the resource, in one command, once', async t => {
	const bob = host(t);
	const {code, log, trace, left} = await bob.run('before-resync-target', BEFORE);
	t.equal(code, 0);
	t.same(
		log.map(command => command.replace(/\d{8}T\d{6}Z/gu, 'TIME')),
		[
			'drbdadm -c /etc/drbd.conf dump vmstore',
			'zfs list -H -p -t volume,snapshot -d 1 -o name,defer_destroy tank/vm0 tank/vm1',
			'zfs snapshot tank/vm0@twinpool-before-resync-vmstore-TIME tank/vm1@twinpool-before-resync-vmstore-TIME',
		],
		'no drbdsetup, no zpool',
	);
	t.same(left, [], 'no child is left');
	t.match(trace, {event: 'before-resync-target', code: 0, why: /^2 zvols were snapshotted/u});
	const made = bob.snapshots();
	t.ok(made.length === 2 && made.every(name => NAME.test(name)), made.join(' '));
	bob.put(
		'proc/drbd',
		proc84('before').replace('cs:WFSyncUUID ro:Secondary/Primary ds:Outdated', 'cs:SyncTarget ro:Secondary/Primary ds:Inconsistent'),
	);
	t.match(
		await bob.run('before-resync-target', SECOND),
		{code: 0, trace: {why: /stand, from before this resync: kept/u}},
		'the other volume',
	);
	bob.put('proc/drbd', proc84('03-initial-sync'));
	await bob.run('before-resync-target', BEFORE);
	bob.put('proc/drbd', proc84('before'));
	await bob.run('before-resync-target', BEFORE);
	t.same(bob.snapshots(), made, 'after the link died in the middle: what is on the disks now is no data');
});

t.test('they go when every volume is UpToDate on both sides, and the constraint is dealt with first', async t => {
	const bob = host(t);
	bob.does('drbdsetup', `cat "$D/events"`);
	bob.put('events', fixture('drbd-8.4.11/bob/12-resolved/events2-now.txt'));
	await bob.run('before-resync-target', BEFORE);
	for (const phase of ['11-resolving', '03-initial-sync', '05-link-cut']) {
		bob.put('proc/drbd', proc84(phase));
		t.match(
			await bob.run('after-resync-target', AFTER, '-d 1'),
			{trace: {snapshots: 'the snapshots stay: not every volume is UpToDate on both sides'}},
			phase,
		);
		t.equal(bob.snapshots().length, 2);
	}
	bob.put('proc/drbd', proc84('12-resolved').replace('UpToDate/UpToDate', 'UpToDate/Inconsistent'));
	await bob.run('after-resync-target', AFTER, '-d 1');
	t.equal(bob.snapshots().length, 2, 'the peer is behind');
	bob.put('proc/drbd', proc84('12-resolved'));
	const {code, log, trace, left} = await bob.run('after-resync-target', AFTER_SECOND, '-d 1');
	t.same([bob.snapshots(), left], [[], []]);
	t.match(trace, {why: /constraint cannot be looked for/u, snapshots: '2 of 2 snapshots were dropped'}, 'although there is no cluster');
	t.equal(code, 1, 'of which the exit code tells');
	t.ok(log.findIndex(line => line.startsWith('cibadmin')) < log.findIndex(line => line.startsWith('zfs')), 'the constraint first');
	t.ok(
		log
			.filter(line => line.startsWith('zfs destroy'))
			.every(line => /^zfs destroy -d tank\/vm\d@twinpool-before-resync-vmstore-\d+T\d+Z$/u.test(line)),
	);
});

t.test('DRBD 9 has every volume in the environment', async t => {
	const bob = host(t);
	bob.put('proc/drbd', fixture('drbd-9.2.8/bob/03-initial-sync/proc-drbd.txt'));
	bob.put('events', fixture('drbd-9.2.8/bob/03-initial-sync/events2-now.txt').replaceAll('disk:Inconsistent', 'disk:Outdated'));
	bob.does('drbdsetup', 'cat "$D/events"');
	const env = (call: number): Record<string, string> => environment('drbd-9.2.8', 'before-resync-target', DISKS, call);
	t.match(await bob.run('before-resync-target', env(0)), {code: 0});
	const made = bob.snapshots();
	t.equal(made.length, 2);
	t.same(
		(await bob.run('before-resync-target', env(1))).log.filter(line => !/^(drbdsetup events2|zfs list) /u.test(line)),
		[],
	);
	bob.put('events', fixture('drbd-9.2.8/bob/12-resolved/events2-now-statistics.txt'));
	bob.does('cibadmin', 'cat "$D/cib"');
	bob.put('cib', fixture('cib/both.xml'));
	t.match(await bob.run('unfence-peer', environment('drbd-9.2.8', 'unfence-peer', DISKS), '-d 1'), {
		trace: {snapshots: '2 of 2 snapshots were dropped'},
	});
	t.same(bob.snapshots(), []);
});

t.test('what is Inconsistent has nothing to save', async t => {
	const bob = host(t);
	bob.put('proc/drbd', proc84('03-initial-sync'));
	t.match(await bob.run('before-resync-target', BEFORE, '-n'), {code: 0, trace: {why: 'no volume has whole data to snapshot'}});
	t.same(bob.snapshots(), [], 'a first full sync: a snapshot would keep a whole disk of nothing');
	bob.put(
		'proc/drbd',
		proc84('11-resolving').replace('cs:Connected ro:Secondary/Primary ds:UpToDate', 'cs:WFSyncUUID ro:Secondary/Primary ds:Outdated'),
	);
	await bob.run('before-resync-target', SECOND);
	t.match(bob.snapshots(), [/^tank\/vm1@/u], 'the other volume has');
	bob.put('proc/drbd', '');
	await bob.run('before-resync-target', SECOND);
	t.equal(bob.snapshots().length, 1, 'DRBD does not say: what stands is kept');
});

t.test('two pools: one that is suspended or hangs keeps nobody from the other', async t => {
	for (const trouble of ['suspended', 'hangs']) {
		const bob = host(t, 'other/vm1');
		bob.put('proc/spl/kstat/zfs/other/state', trouble === 'suspended' ? 'SUSPENDED\n' : 'ONLINE\n');
		if (trouble === 'hangs') {
			bob.does('zfs', `case "$*" in *other*) sleep 60 ;; esac\n${bob.read('does-zfs')}`);
		}
		const {code, ms, trace, left} = await bob.run('before-resync-target', BEFORE, '--timeout 3');
		t.equal(code, 0, 'the resync begins');
		t.ok(ms < 6000, `${trouble}: ${Math.round(ms)} ms`);
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
	t.same({code, log}, {code: 0, log: []}, 'a host without zvols asks nobody');
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
	t.ok(busy.ms < 4000, `${Math.round(busy.ms)} ms`);
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

t.test('bounded in number, and nobody else’s', async t => {
	const bob = host(t);
	const foreign = [
		'tank/vm0@daily',
		'tank/vm0@twinpool-before-resync-vmstore2-20260101T000000Z',
		'tank/vm0@twinpool-before-resync-vmstore-old',
	];
	bob.put('snapshots', `${[...foreign, OLD].join('\n')}\n`);
	bob.put('run/twinpool/resynced-vmstore', '20260101T000000Z\n');
	await bob.run('before-resync-target', BEFORE, '--keep 2');
	t.equal(bob.snapshots().length, 4 + 2, 'that resync had ended: its snapshots are not those of this one');
	t.ok(bob.snapshots().includes(OLD));
	const ended = [...new Set(bob.snapshots().flatMap(name => NAME.exec(name)?.[2] ?? []))];
	bob.put('run/twinpool/resynced-vmstore', `${ended.join('\n')}\n`);
	await new Promise(resolve => void setTimeout(resolve, 1100));
	await bob.run('before-resync-target', BEFORE, '--keep 2');
	t.same(bob.snapshots().slice(0, 3), foreign);
	t.notOk(bob.snapshots().includes(OLD), 'the oldest went');
	t.equal(new Set(bob.snapshots().flatMap(name => NAME.exec(name)?.[2] ?? [])).size, 2);
	const stuck = host(t);
	stuck.put('snapshots', `${OLD}\n`);
	stuck.put('run/twinpool/resynced-vmstore', '20260101T000000Z\n');
	stuck.does('zfs', `[ "$1" = destroy ] && { echo "cannot destroy snapshot: dataset is busy" >&2; exit 1; }\n${stuck.read('does-zfs')}`);
	t.match(await stuck.run('before-resync-target', BEFORE, '--keep 1'), {
		code: 0,
		trace: {why: /no snapshot: there are 1 sets .*dataset is busy/u},
	});
	stuck.put('snapshots', `${OLD}\n`);
	stuck.put('run/twinpool/resynced-vmstore', '');
	stuck.put('proc/drbd', proc84('12-resolved'));
	t.match(await stuck.run('after-resync-target', AFTER, '-d 1'), {trace: {snapshots: /^0 of 1 snapshots were dropped .*busy/u}});
	t.equal(stuck.read('run/twinpool/resynced-vmstore'), '20260101T000000Z\n', 'remembered as one that has ended');
});

t.test('a snapshot that goes when its last hold does is none any more', async t => {
	const bob = host(t);
	bob.put('snapshots', `${OLD} on\n`);
	await bob.run('before-resync-target', BEFORE);
	t.equal(bob.snapshots().length, 3);
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
