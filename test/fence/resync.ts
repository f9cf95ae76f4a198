// before-resync-target and after-resync-target, built, in the kernel's bare environment: what becomes of the zvols under the resource.
import t from 'tap';
import {environment, fixture} from '../fake/kernel.ts';
import {AFTER, AFTER_SECOND, BEFORE, DISKS, host, NAME, OLD, proc84, SECOND} from '../fake/zvols.ts';

t.setTimeout(120_000);

t.test('every zvol under the resource, in one command, once', async t => {
	const bob = host(t);
	const {code, log, trace, left} = await bob.run('before-resync-target', BEFORE);
	t.equal(code, 0);
	t.same(
		log.map(command => command.replace(/\d{8}T\d{6}Z/gu, 'TIME')).toSorted((one, other) => one.localeCompare(other)),
		[
			'cibadmin -Q -l',
			'drbdadm -c /etc/drbd.conf dump vmstore',
			'zfs list -H -p -t filesystem,volume,snapshot -d 1 -o name,defer_destroy tank/vm0 tank/vm1',
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

t.test('they go when every volume is UpToDate on both sides, and no constraint is touched', async t => {
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
	t.match(trace, {snapshots: '2 of 2 snapshots were dropped'});
	t.equal(code, 0);
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
		(await bob.run('before-resync-target', env(1))).log.filter(line => !/^(cibadmin -Q|drbdsetup events2|zfs list) /u.test(line)),
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
t.test('bounded in number, and nobody else’s', async t => {
	const bob = host(t);
	const foreign = [
		'tank/vm0@daily',
		'tank/vm0@twinpool-before-resync-vmstore2-20260202T000000Z',
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
