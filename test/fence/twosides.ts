// twinpool split-brain of a DRBD resource, built, on two hosts: what it says, what it refuses, and what it does in which order.
import t, {type Test} from 'tap';
import {acts, split, type TwoSides, twoSides} from '../fake/two-sides.ts';

t.jobs = 4;
t.setTimeout(240_000);

t.test('both sides, and what each choice loses', async t => {
	const {alice, bob} = twoSides(t, 'drbd-8.4.11');
	alice.put('/proc/spl/kstat/zfs/tank/state', 'ONLINE\n');
	alice.put('/run/twinpool/alarm-split-brain-vmstore', 'told\n20261122T151332Z 0: A here, B there\n');
	const {code, stdout, stderr} = await split(alice, 'vmstore');
	t.equal(code, 1, stderr);
	const text = stdout.split('\n');
	t.same(text.slice(0, 1), ['vmstore: split-brain: both sides have data of their own']);
	t.match(stdout, /^bravo was fenced last, \d{4}-/mu);
	t.match(stdout, /^the split-brain handler noted here: 20261122T151332Z 0: A here, B there$/mu);
	t.match(stdout, /^alice {2}Primary, StandAlone; tank is imported$/mu);
	t.match(stdout, /^bob {4}Primary, StandAlone; no pool of it is imported$/mu);
	t.match(
		stdout,
		/^ {2}volume 0: UpToDate; \/dev\/zvol\/rpool\/vm0; generation B2B8771AE49CB9C4 after 7EE6E6B426283676, 2091FD0A78D8E608, 2090FD0A78D8E608; 3072 KiB out of sync; pool tank at txg 99 of 2026-11-22T[\d:]+Z$/mu,
	);
	t.match(stdout, /^volume 1: a generation of its own on each side, since AAFD630E89A282E6$/mu);
	t.match(stdout, /^bob wrote last, by the pools' times and the hosts' clocks$/mu);
	t.match(
		stdout,
		/^--keep alice loses what bob wrote since they parted: 3072 KiB; of tank txg 97 to 99, the last written [\d:TZ-]+, since [\d:TZ-]+$/mu,
	);
	const commands = (keep: string): string[] =>
		text
			.slice(text.findIndex(line => line.startsWith(`--keep ${keep}`)) + 1)
			.filter((_line, index, all) => all.slice(0, index + 1).every(Boolean));
	t.same(commands('alice'), [
		'  bob first takes a snapshot of rpool/vm0, rpool/vm1',
		'  on bob: drbdadm secondary vmstore',
		'  on bob: zfs snapshot rpool/vm0@before-split-brain',
		'  on bob: zfs snapshot rpool/vm1@before-split-brain',
		'  on bob: drbdadm connect --discard-my-data vmstore',
		'  on alice: drbdadm connect vmstore',
	]);
	t.equal(commands('bob')[1], '  on alice: zpool export tank');
	t.same([acts(alice), acts(bob)], [[], []], 'a report does nothing');
	const json = JSON.parse((await split(alice, 'vmstore', '--json')).stdout);
	t.match(json, {
		resource: 'vmstore',
		torn: true,
		newer: {host: 'bob', by: 'times'},
		fenced: {node: 'bravo'},
		sides: [{host: 'alice', imported: ['tank']}, {host: 'bob'}],
		choices: [
			{keep: 'alice', loses: {host: 'bob', kib: 3072, pools: [{from: 97, to: 99}]}},
			{keep: 'bob', loses: {host: 'alice'}},
		],
	});
});

const given = [
	['drbd-8.4.11', ['drbdadm secondary vmstore', 'zfs snapshot', 'drbdadm connect --discard-my-data vmstore']],
	['drbd-9.2.8', ['drbdadm secondary vmstore', 'zfs snapshot', 'drbdadm connect --discard-my-data vmstore']],
] as const;
for (const [version, order] of given) {
	t.test(`${version}: one side is given up, after a snapshot below it`, async t => {
		const {alice, bob} = twoSides(t, version);
		alice.put('/proc/spl/kstat/zfs/tank/state', 'ONLINE\n');
		t.match(await split(alice, 'vmstore', '--keep', 'alice'), {code: 2, stderr: /nothing was done: --yes/u});
		t.same([acts(alice), acts(bob)], [[], []]);
		const {code, stdout, stderr} = await split(alice, 'vmstore', '--resolve', '--keep', 'alice', '--yes');
		t.equal(code, 0, stderr);
		t.match(stdout, /^alice's data stays; lost is what bob wrote since they parted: /mu);
		t.match(stdout, /^bob: snapshot rpool\/vm0@twinpool-split-brain-drbd-vmstore-\d{8}T\d{6}Z$/mu);
		t.match(stdout, /^connected: bob gets what it has not \(alice Connected, Primary, UpToDate; bob Connected, Secondary, \w+\)/mu);
		t.same(
			acts(bob).map(call => (call.startsWith('zfs') ? 'zfs snapshot' : call)),
			order,
		);
		t.same(acts(alice), ['drbdadm connect vmstore']);
		t.match(
			alice.read('/../order'),
			/^bob connect --discard-my-data vmstore\nalice connect vmstore$/mu,
			'before, they would only part again',
		);
		t.match(bob.snapshots(), [/^rpool\/vm0@twinpool-split-brain-drbd-vmstore-/u, /^rpool\/vm1@twinpool-split-brain-drbd-vmstore-/u]);
		t.match(await split(alice, 'vmstore', '--keep', 'alice', '--yes'), {
			code: 0,
			stdout: /^vmstore: no split-brain: the two sides are connected$/mu,
		});
	});
}

t.test('this side is given up, for one that only waits', async t => {
	const {alice, bob} = twoSides(t, 'drbd-8.4.11');
	for (const here of [alice, bob]) {
		here.put('/events', here.read('/events').replaceAll('connection:StandAlone', 'connection:Connecting'));
	}
	const {code, stdout, stderr} = await split(alice, 'vmstore', '--keep', 'bob', '--yes');
	t.equal(code, 0, stderr);
	t.match(stdout, /^alice: snapshot rpool\/vm0@/mu);
	t.same(
		acts(alice).map(call => call.split(' ').slice(0, 2).join(' ')),
		['drbdadm disconnect', 'drbdadm secondary', 'zfs snapshot', 'drbdadm connect'],
	);
	t.same(acts(bob), [], 'it waits already');
});

t.test('what stands in the way: nothing is given up', async t => {
	const refused = async (change: (both: TwoSides) => void, why: RegExp, left: string[] = []): Promise<void> => {
		await t.test(`${why}`, async (t: Test) => {
			const both = twoSides(t, 'drbd-8.4.11');
			change(both);
			const {code, stderr} = await split(both.alice, 'vmstore', '--keep', 'alice', '--yes');
			t.equal(code, 2);
			t.match(stderr, why);
			t.notOk(both.bob.calls().some(call => call.includes('discard-my-data')));
			t.same(
				acts(both.bob).map(call => call.split(' ')[1]),
				left,
			);
		});
	};
	const edit = (here: TwoSides['alice'], path: string, from: string | RegExp, to: string): void =>
		here.put(path, here.read(path).replace(from, to));
	await refused(({bob}) => bob.put('/proc/spl/kstat/zfs/tank/state', 'ONLINE\n'), /tank is imported on bob: "zpool export tank" there/u);
	await refused(
		({alice}) => edit(alice, '/events', 'disk:UpToDate', 'disk:Inconsistent'),
		/alice cannot be kept: its volume 0 is Inconsistent/u,
	);
	await refused(
		({bob}) => bob.put('/held', ''),
		/bob: drbdadm secondary ended with 11: 0: State change failed: \(-12\) Device is held open/u,
		['secondary'],
	);
	await refused(({bob}) => bob.put('/deaf', ''), /bob: no snapshot of rpool\/vm0, rpool\/vm1: .*out of space; nothing was given up/u, [
		'secondary',
		'snapshot',
	]);
	await refused(
		({bob}) => edit(bob, '/dump', /zvol\/rpool\/vm1/gu, 'vdb'),
		/no snapshot can be taken of \/dev\/vdb on bob.*"dd if=\/dev\/vdb of=FILE/u,
	);
	await refused(({alice}) => alice.put('/../cut', ''), /"ssh 10\.9\.1\.2 twinpool side" ended with 255: No route to host/u);
	await refused(({bob}) => bob.put('/events', 'exists -\n'), /vmstore is down on bob: drbdadm up vmstore there/u);
	await refused(({bob}) => bob.put('/gi', ''), /bob: drbdadm show-gi vmstore shows not one line for each of 2 volumes/u);
});

t.test('the survivor cannot connect: what is left to do is said', async t => {
	const {alice, bob} = twoSides(t, 'drbd-8.4.11');
	alice.put('/deaf-drbd', '');
	t.match(await split(alice, 'vmstore', '--keep', 'alice', '--yes'), {
		code: 2,
		stderr: /alice: drbdadm connect ended with 10: .*; bob has given its data up and waits: drbdadm connect vmstore on alice/u,
	});
	t.equal(acts(bob).at(-1), 'drbdadm connect --discard-my-data vmstore');
});

t.test('the link is what is broken: asked by name', async t => {
	const {alice} = twoSides(t, 'drbd-8.4.11');
	alice.put('/../link-cut', '');
	t.match(await split(alice, 'vmstore'), {code: 1, stdout: /^vmstore: split-brain/u});
	t.match(
		alice.calls().filter(call => call.startsWith('ssh')),
		[/ -- 10\.9\.1\.2 twinpool side$/u, / -- bob twinpool side$/u],
	);
});

t.test('what it is told wrong', async t => {
	const {alice} = twoSides(t, 'drbd-8.4.11');
	for (const [args, why] of [
		[['none'], 'none is no DRBD resource'],
		[['vmstore', '/images/vm1.raw'], 'vmstore is a DRBD resource: it is kept or given up as a whole'],
		[['vmstore', '--keep', 'charlie', '--yes'], 'charlie is neither side: expected alice or bob'],
		[['vmstore', '--keep', 'latest', '--yes'], 'latest is neither side'],
		[['volume:vmstore'], 'vmstore is no DRBD resource'],
		[['vmstore', '--resolve'], 'nothing was done: --resolve asks at a terminal'],
	] as const) {
		const {code, stderr} = await split(alice, ...args);
		t.equal(code, 2, args.join(' '));
		t.ok(stderr.startsWith(`twinpool split-brain: ${why}`), stderr);
	}
	t.match(await split(alice, 'drbd:vmstore'), {code: 1});
	t.match(
		await split(alice, 'vmstore', '--keep', '10.9.1.1', '--yes'),
		{code: 2, stderr: /10\.9\.1\.1 is neither side/u},
		'this host has its name',
	);
});

t.test('what the other host calls itself moves no cursor', async t => {
	const {alice, bob} = twoSides(t, 'drbd-8.4.11');
	bob.put('/proc/sys/kernel/hostname', 'bob\u001b]0;x\u0007\u001b[2J\n');
	const {code, stdout, stderr} = await split(alice, 'vmstore');
	t.equal(code, 1, stderr);
	t.match(stdout, /^bob\?/mu);
	t.notMatch(stdout, /[^\n\P{Cc}]/u);
});
