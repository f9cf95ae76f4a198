// The events that tell, built, in the kernel's bare environment: what is written down, what the cluster is told, and that it is told once.
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import t from 'tap';
import {settleAlarms} from '../../lib/drbd/alarms.ts';
import {facts} from '../../lib/drbd/events2.ts';
import type {DrbdCall} from '../../lib/drbd/publish.ts';
import {meetings, shown} from '../../lib/fence/generations.ts';
import {environment, fixture, type Host, kernel} from '../fake/kernel.ts';

/** The kernel's log in the words of drbd_uuid_dump (8.4) and drbd_uuid_dump_self/_peer (9), with the identifiers captured on both sides. */
const ids = (node: string, volume: number): string =>
	fixture(`drbd-8.4.11/${node}/10-split-brain/show-gi.txt`)
		.split('\n')
		.filter(line => /^[\dA-F]{16}:/u.test(line))
		[volume]?.slice(0, 67) ?? '';
const SELF = ids('bob', 0);
const PEER = ids('alice', 0);
const log84 = (self = SELF, peer = PEER): string => `6,100,5000000,-;block drbd0: drbd_sync_handshake:
6,101,5000001,-;block drbd0: self ${ids('alice', 1)} bits:0 flags:0
6,102,5000002,-;block drbd0: peer ${ids('bob', 1)} bits:0 flags:0
6,200,98000000,-;block drbd0: drbd_sync_handshake:
6,201,98000001,-;block drbd0: self ${self} bits:768 flags:0
6,202,98000002,-;block drbd0: peer ${peer} bits:1024 flags:0
 SUBSYSTEM=block
6,203,98000003,-;block drbd0: uuid_compare()=100 by rule 90
6,204,98000004,-;block drbd7: self ${ids('alice', 1)} bits:0 flags:0
`;
const EVENT = environment('drbd-8.4.11', 'split-brain');
const DIGITS = /\d{8}T\d{6}Z/gu;
const RECORDS = 'var/lib/twinpool/split-brain';
t.setTimeout(120_000);

const records = (bob: Host): string[] => readdirSync(join(bob.root, RECORDS));

t.test('a split brain: both sides are written down, and told once', async t => {
	const bob = kernel(t);
	bob.put('dev/kmsg', log84());
	const {code, log, trace, left} = await bob.run('split-brain', EVENT);
	t.same(
		{code, left, log: log.map(line => line.replace(DIGITS, 'TIME'))},
		{
			code: 0,
			left: [],
			log: [`attrd_updater -n twinpool-split-brain-vmstore -B TIME 0: ${SELF.slice(0, 16)} here, ${PEER.slice(0, 16)} there -d 0`],
		},
		'no drbdsetup, no drbdadm',
	);
	const [self, peer] = [SELF, PEER].map(text => text.split(':'));
	t.match(trace, {
		event: 'split-brain',
		known: false,
		volumes: [
			{minor: 0, self: {current: self?.[0], bitmap: self?.[1], bits: 768}, peer: {current: peer?.[0], history: peer?.slice(2), bits: 1024}},
		],
	});
	const [file = ''] = records(bob);
	t.match(file, /^vmstore-\d{8}T\d{6}Z\.json$/u);
	t.match(JSON.parse(bob.read(`${RECORDS}/${file}`)), {resource: 'vmstore', peer: 'alice', volumes: [{self: {current: self?.[0]}}]});
	t.match(await bob.run('split-brain', EVENT), {code: 0, log: [], trace: {known: true, why: /as was told before/u}}, 'the next connect');
	t.same(records(bob), [file]);
	bob.put('dev/kmsg', log84(ids('bob', 1)));
	await new Promise(resolve => void setTimeout(resolve, 1100));
	t.equal((await bob.run('split-brain', EVENT)).log.length, 1, 'another one is another one');
	t.equal(records(bob).length, 2);
});

t.test('the cluster could not be told: the next one is, and the record stands', async t => {
	const bob = kernel(t);
	bob.put('dev/kmsg', log84());
	bob.does('attrd_updater', 'echo "attrd_updater: Could not update: Connection refused (111)" >&2; exit 102');
	t.match(await bob.run('split-brain', EVENT), {code: 0, trace: {notes: [/was not told: .*Connection refused/u]}});
	bob.does('attrd_updater', 'sleep 60');
	const hung = await bob.run('split-brain', EVENT, '--timeout 2');
	t.match(hung, {code: 0, left: []});
	t.ok(hung.ms < 5000, `${Math.round(hung.ms)} ms`);
	bob.does('attrd_updater', '');
	t.equal((await bob.run('split-brain', EVENT)).log.length, 1);
	t.equal(records(bob).length, 1);
});

t.test('a silent kernel log, a read-only /var, no /run', async t => {
	const bob = kernel(t);
	bob.put('gi', fixture('drbd-8.4.11/bob/10-split-brain/show-gi.txt').split('\n\n').slice(0, 2).join('\n\n'));
	bob.does('drbdadm', 'sed -n "0,/^flags/p" "$D/gi"');
	bob.put('var/lib/twinpool', 'no folder');
	bob.put('run/twinpool', 'no folder');
	const {code, log, trace} = await bob.run('split-brain', EVENT);
	t.equal(code, 0);
	t.match(log, ['drbdadm show-gi vmstore', /^attrd_updater .* here, \? there/u]);
	t.match(trace, {file: null, volumes: [{self: {current: SELF.slice(0, 16)}}]});
	bob.does('drbdadm', 'kill -9 $$');
	t.match(await bob.run('split-brain', EVENT), {code: 0, log: [/show-gi/u, /identifiers unknown/u]});
});

t.test('records are bounded', async t => {
	const bob = kernel(t);
	for (let day = 10; day < 40; day += 1) {
		bob.put(`${RECORDS}/vmstore-202601${day}T000000Z.json`, '{}');
	}
	bob.put(`${RECORDS}/vmstore-2-20260101T000000Z.json`, '{}');
	bob.put('dev/kmsg', log84());
	await bob.run('split-brain', EVENT);
	t.equal(records(bob).length, 21);
	t.ok(records(bob).includes('vmstore-2-20260101T000000Z.json'), "another resource's stay");
	t.notOk(records(bob).includes('vmstore-20260110T000000Z.json'));
});

t.test('initial-split-brain: DRBD may settle it, so nobody is told', async t => {
	const bob = kernel(t);
	bob.put('dev/kmsg', log84());
	t.match(await bob.run('initial-split-brain', environment('drbd-8.4.11', 'initial-split-brain')), {
		code: 0,
		log: [],
		trace: {volumes: [{minor: 0}]},
	});
	t.notOk(readdirSync(bob.root).includes('var'));
});

t.test('what the kernel prints, in both versions', async t => {
	const nine = `6,1,1,-;drbd vmstore/1 drbd1 alice: self ${SELF} bits:5 flags:120\n6,2,2,-;drbd vmstore/1 drbd1 alice: peer ${PEER} bits:6 flags:20\n6,3,3,-;drbd other/1 drbd1 alice: self ${PEER} bits:0 flags:0\n`;
	t.match(meetings(nine, 'vmstore', []), [{minor: 1, self: {current: SELF.slice(0, 16), bits: 5}, peer: {flags: '20'}}]);
	t.same(meetings(log84(), 'vmstore', [1]), []);
	t.same(meetings('6,1,1,-;block drbd0: peer uuid info vanished while I was looking!\ngarbage', 'vmstore', [0]), []);
	t.match(shown(fixture('drbd-9.2.8/alice/10-split-brain/show-gi.txt'), [0, 1]), [
		{minor: 0, self: {current: '76AFA242511E064F'}},
		{minor: 1},
	]);
	t.same(shown(fixture('drbd-9.2.8/alice/10-split-brain/show-gi.txt'), [0]), [], 'which is which is not guessed');
});

t.test('a disk that fails: a note, and nobody is asked', async t => {
	const bob = kernel(t);
	const env = {...environment('drbd-8.4.11', 'before-resync-target')};
	const {code, log, left} = await bob.run('local-io-error', env);
	t.same({code, log, left}, {code: 0, log: [], left: []});
	t.equal(bob.read('run/twinpool/alarm-io-error-vmstore').replace(DIGITS, 'TIME'), 'new\nTIME I/O error on /dev/vdc\n');
	t.match(await bob.run('local-io-error', {}), {code: 0, log: []});
});

t.test('out-of-sync, quorum-lost', async t => {
	const bob = kernel(t);
	bob.put('proc/drbd', fixture('drbd-8.4.11/alice/10-split-brain/proc-drbd.txt'));
	const env = environment('drbd-8.4.11', 'split-brain');
	t.match(await bob.run('out-of-sync', env), {
		code: 0,
		log: [/^attrd_updater -n twinpool-out-of-sync-vmstore -B \d+T\d+Z the sides differ: 3072 KiB on minor 0 -d 0$/u],
	});
	t.match(await bob.run('out-of-sync', env), {log: []}, 'the same again');
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
