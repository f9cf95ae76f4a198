// The events that tell, built, in the kernel's bare environment; and when what was told is taken back.
import t from 'tap';
import {settleAlarms} from '../../lib/drbd/alarms.ts';
import {facts} from '../../lib/drbd/events2.ts';
import type {DrbdCall} from '../../lib/drbd/publish.ts';
import {environment, fixture, kernel} from '../fake/kernel.ts';

const EVENT = environment('drbd-8.4.11', 'split-brain');
const DIGITS = /\d{8}T\d{6}Z/gu;
t.setTimeout(120_000);

t.test('a disk that fails: a note, and nobody is asked', async t => {
	const bob = kernel(t);
	const env = {...environment('drbd-8.4.11', 'before-resync-target')};
	const {code, log, left} = await bob.run('local-io-error', env);
	t.same({code, log, left}, {code: 0, log: [], left: []});
	t.equal(bob.read('run/twinpool/alarm-io-error-vmstore').replace(DIGITS, 'TIME'), 'new\nTIME I/O error on /dev/vdc\n');
	const nameless = await bob.run('local-io-error', {});
	t.same([nameless.code, nameless.log], [0, []]);
});

t.test('out-of-sync, quorum-lost', async t => {
	const bob = kernel(t);
	bob.put('proc/drbd', fixture('drbd-8.4.11/alice/10-split-brain/proc-drbd.txt'));
	const env = environment('drbd-8.4.11', 'split-brain');
	t.match(await bob.run('out-of-sync', env), {
		code: 0,
		log: [/^attrd_updater -n twinpool-out-of-sync-vmstore -B \d+T\d+Z the sides differ: 3072 KiB on minor 0 -d 0$/u],
	});
	t.same((await bob.run('out-of-sync', env)).log, [], 'the same again');
	bob.put('events', fixture('drbd-9.2.8/alice/06-resync/events2-now-statistics.txt').replace(/out-of-sync:\d+/u, 'out-of-sync:12'));
	bob.does('drbdsetup', 'cat "$D/events"');
	bob.put('proc/drbd', fixture('drbd-9.2.8/alice/06-resync/proc-drbd.txt'));
	t.match(await bob.run('out-of-sync', environment('drbd-9.2.8', 'before-resync-target')), {
		code: 0,
		log: [/^drbdsetup/u, /differ: 12 KiB on minor \d/u],
	});
	t.match(await bob.run('quorum-lost', environment('drbd-9.2.8', 'before-resync-target')), {
		code: 0,
		log: [/^attrd_updater -n twinpool-quorum-lost-vmstore -B /u],
	});
});

t.test('a Primary that should not be one is fenced only on demand, and only while it is one', async t => {
	const bob = kernel(t);
	bob.does('crm_node', 'echo bob');
	const fenced = 'crm_attribute -t status -N bob -n terminate -v true';
	bob.put('proc/drbd', fixture('drbd-8.4.11/alice/10-split-brain/proc-drbd.txt'));
	t.notOk((await bob.run('pri-lost-after-sb', EVENT)).log.includes(fenced), 'not by default');
	t.ok((await bob.run('pri-lost-after-sb', EVENT, '--fence-self')).log.includes(fenced));
	t.notOk((await bob.run('pri-on-incon-degr', EVENT, '--fence-self')).log.includes(fenced), 'its own disk is UpToDate');
	bob.put(
		'proc/drbd',
		fixture('drbd-8.4.11/alice/10-split-brain/proc-drbd.txt').replaceAll('ds:UpToDate/Outdated', 'ds:Inconsistent/DUnknown'),
	);
	t.ok((await bob.run('pri-on-incon-degr', EVENT, '--fence-self')).log.includes(fenced));
	bob.put('proc/drbd', fixture('drbd-8.4.11/bob/05-link-cut/proc-drbd.txt'));
	for (const event of ['pri-lost-after-sb', 'pri-on-incon-degr']) {
		t.notOk((await bob.run(event, EVENT, '--fence-self')).log.includes(fenced), `${event}: Secondary by now`);
	}
	bob.put('proc/drbd', '');
	t.notOk((await bob.run('pri-lost-after-sb', EVENT, '--fence-self')).log.includes(fenced), 'nobody can see');
	bob.does('crm_node', 'exit 102');
	bob.put('proc/drbd', fixture('drbd-8.4.11/alice/10-split-brain/proc-drbd.txt'));
	t.match(await bob.run('pri-lost-after-sb', EVENT, '--fence-self'), {code: 0, trace: {why: /does not say what this node is called/u}});
});

t.test('what is over is taken back: by the end of a resync, and by the next monitor', async t => {
	const bob = kernel(t);
	const alarm = 'run/twinpool/alarm-split-brain-vmstore';
	bob.put(alarm, 'told\n20260101T000000Z 0: A here, B there\n');
	bob.does('drbdsetup', 'cat "$D/events"');
	bob.put('events', fixture('drbd-8.4.11/bob/11-resolving/events2-now.txt'));
	const after = environment('drbd-8.4.11', 'after-resync-target');
	await bob.run('after-resync-target', after, '-d 0');
	t.ok(bob.read(alarm), 'not before everything is UpToDate');
	bob.put('events', fixture('drbd-8.4.11/bob/12-resolved/events2-now.txt'));
	t.match((await bob.run('after-resync-target', after, '-d 0')).log.at(-1), 'attrd_updater -n twinpool-split-brain-vmstore -D');
	t.throws(() => bob.read(alarm));
});

t.test('the next monitor tells what was only noted, and takes back what DRBD does not show any more', async t => {
	const bob = kernel(t);
	const said: string[] = [];
	Object.assign(process.env, {TWINPOOL_ROOT: bob.root, PATH: `${bob.root}/bin:${process.env['PATH']}`});
	t.teardown(() => delete process.env['TWINPOOL_ROOT']);
	const call = {
		params: {drbd_resource: 'vmstore'},
		deadline: {left: () => 5000},
		log: (text: string) => said.push(text),
	} as unknown as DrbdCall;
	const monitor = async (phase: string): Promise<string[]> => {
		bob.put('proc/drbd', fixture(`drbd-8.4.11/bob/${phase}/proc-drbd.txt`));
		await settleAlarms(call, facts(fixture(`drbd-8.4.11/bob/${phase}/events2-now-statistics.txt`), 'vmstore'));
		return said.splice(0);
	};
	t.same(await monitor('12-resolved'), [], 'without an alarm');
	bob.put('run/twinpool/alarm-io-error-vmstore', 'new\nI/O error on /dev/vdc\n');
	t.match(await monitor('02-both-inconsistent'), [/io-error of vmstore was told to the cluster: \d{8}T\d{6}Z I\/O error on \/dev\/vdc/u]);
	t.same(await monitor('02-both-inconsistent'), [], 'once');
	t.match(await monitor('12-resolved'), [/io-error of vmstore is over/u]);
	bob.put('run/twinpool/alarm-out-of-sync-vmstore', 'told\n20260101T000000Z the sides differ: 4 KiB on minor 0\n');
	bob.put('run/twinpool/alarm-split-brain-vmstore', 'told\n20260101T000000Z 0: A here, B there\n');
	t.same(await monitor('08-standalone'), []);
	const verified = fixture('drbd-8.4.11/bob/12-resolved/proc-drbd.txt').replace(/oos:0/u, 'oos:4');
	bob.put('proc/drbd', verified);
	await settleAlarms(call, facts(fixture('drbd-8.4.11/bob/12-resolved/events2-now.txt'), 'vmstore'));
	t.match(said.splice(0), [/split-brain of vmstore is over/u], 'UpToDate on both sides, and still not the same');
	t.match(await monitor('12-resolved'), [/out-of-sync of vmstore is over/u]);
	t.same(
		bob
			.read('log')
			.trim()
			.split('\n')
			.map(line => line.replace(/-B .*/u, '-B')),
		[
			'attrd_updater -n twinpool-io-error-vmstore -B',
			'attrd_updater -n twinpool-io-error-vmstore -D',
			'attrd_updater -n twinpool-split-brain-vmstore -D',
			'attrd_updater -n twinpool-out-of-sync-vmstore -D',
		],
	);
});
