// split-brain and initial-split-brain, built, in the kernel's bare environment: what is written down, and that it is told once.
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import t from 'tap';
import {meetings, shown} from '../../lib/fence/generations.ts';
import {environment, fixture, type Host, kernel} from '../fake/kernel.ts';
import {slowness} from '../fake/slowness.ts';

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
	const again = await bob.run('split-brain', EVENT);
	t.match(again, {code: 0, trace: {known: true, why: /as was told before/u}}, 'the next connect');
	t.same(again.log, [], 'is not told');
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
	t.same([hung.code, hung.left], [0, []]);
	t.ok(hung.ms < 5000 * slowness(), `${Math.round(hung.ms)} ms`);
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
	const {code, log, trace} = await bob.run('initial-split-brain', environment('drbd-8.4.11', 'initial-split-brain'));
	t.same({code, log}, {code: 0, log: []});
	t.match(trace, {volumes: [{minor: 0}]});
	t.notOk(readdirSync(bob.root).includes('var'));
});

t.test('what the kernel prints, in both versions', async t => {
	const nine = `6,1,1,-;drbd vmstore/1 drbd1 alice: self ${SELF} bits:5 flags:120\n6,2,2,-;drbd vmstore/1 drbd1 alice: peer ${PEER} bits:6 flags:20\n6,3,3,-;drbd other/1 drbd1 alice: self ${PEER} bits:0 flags:0\n`;
	t.match(meetings(nine, 'vmstore', []), [{minor: 1, self: {current: SELF.slice(0, 16), bits: 5}, peer: {flags: '20'}}]);
	t.same(meetings(log84(), 'vmstore', [1]), []);
	t.same(
		meetings(`6,1,1,-;block drbd1: self ${SELF} bits:0 flags:0\n${log84()}`, 'vmstore', [0, 1]).map(({minor}) => minor),
		[0],
		'an earlier meeting is not this one',
	);
	t.same(meetings('6,1,1,-;block drbd0: peer uuid info vanished while I was looking!\ngarbage', 'vmstore', [0]), []);
	t.match(shown(fixture('drbd-9.2.8/alice/10-split-brain/show-gi.txt'), [0, 1]), [
		{minor: 0, self: {current: '76AFA242511E064F'}},
		{minor: 1},
	]);
	t.same(shown(fixture('drbd-9.2.8/alice/10-split-brain/show-gi.txt'), [0]), [], 'which is which is not guessed');
});
