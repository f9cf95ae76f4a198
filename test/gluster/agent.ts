// ocf:twinpool:gluster as built, on a host that a test plays.
import t from 'tap';
import type {GlusterHost} from '../fake/gluster-host.ts';
import {BEHIND, BOTH, DATASET, mounted, on, SHORT, started, UNMOUNTED} from '../fake/gluster-life.ts';
import {ID} from '../fake/gluster-store.ts';

t.jobs = 4;

t.test('the first start of all waits until the copies are the same', async t => {
	await on(t, async here => {
		here.seen('healing');
		t.equal((await here.act('start')).code, 0);
		t.equal(here.lease(), `epoch=1 holder= pool=${ID} current=alpha behind=`);
	});
	await on(t, async here => {
		here.heal('heal-summary-brick-dead');
		const {code, reason} = await here.act('start', SHORT);
		t.equal(code, 1);
		t.match(reason, /vm has no lease yet: bring up all its copies for the first start, or set override=0/u);
		t.equal(here.lease(), '');
		t.notOk(mounted(here));
	});
	await on(t, async here => {
		here.heal('heal-summary-torn');
		t.match(await here.act('start', SHORT), {code: 1, reason: /1 files in split-brain/u});
	});
});

t.test('a copy that is behind', async t => {
	await on(t, async here => {
		here.lease(BEHIND);
		await here.endBrick();
		await here.peer(false);
		const refused = await here.act('start', SHORT);
		t.equal(refused.code, 1);
		t.match(refused.reason, /^this node's copy of vm is behind: bring up bravo, or set override=4 to give up what it took since/u);
		t.equal(here.brick, undefined);
		t.match(await here.act('start', {...SHORT, OCF_RESKEY_override: '3'}), {code: 1}, 'the word of another day');
		t.match(await here.act('start', {...SHORT, OCF_RESKEY_override: '4'}), {
			code: 1,
			reason: /bravo is up and has everything of vm: there is nothing to override/u,
		});
		here.member('fenced');
		here.seen('alone');
		t.equal((await here.act('start', {OCF_RESKEY_override: '4'})).code, 0);
		t.match(here.lease(), /^epoch=5 holder=alpha .* current=alpha behind=bravo@\d+$/u);
	});
	await on(t, async here => {
		here.lease(BEHIND.replace('holder=bravo', 'holder='));
		here.seen('left');
		t.equal((await here.act('start')).code, 0, 'with the other one in reach it is served, and healed');
		t.equal(here.lease(), BEHIND, 'having stopped in good order, it says that it is back');
		here.option('cluster.quorum-count', '1');
		t.match(
			await here.act('start', SHORT),
			{code: 1, reason: /vm cannot be served yet: it is left/u},
			'while writes need one copy it is not',
		);
	});
});

t.test('copies that may be of two times', async t => {
	await on(t, async here => {
		here.lease(BOTH);
		await here.endBrick();
		here.put('/var/lib/twinpool/gluster-vm.rollback', '20261101T000000Z\n');
		const {code, reason} = await here.act('start', SHORT);
		t.equal(code, 1);
		t.match(reason, /^"twinpool snapshot rollback vm 20261101T000000Z" again: it was not finished/u);
		t.equal(here.brick, undefined);
	});
});

t.test('a pool that has lost its disks: nothing below the brick is touched, and it is said', async t => {
	await on(t, async here => {
		await started(t, here);
		here.put('/proc/spl/kstat/zfs/brick/state', 'SUSPENDED\n');
		t.match(await here.act('monitor'), {
			code: 1,
			reason: /^pool brick, where brick \/brick\/data\/vm is, is SUSPENDED: .*zpool clear brick/u,
		});
		await here.endBrick();
		t.match(await here.act('start', SHORT), {code: 1, reason: /is SUSPENDED/u});
		t.equal(here.brick, undefined);
		here.put('/proc/spl/kstat/zfs/brick/state', 'ONLINE\n');
		t.equal((await here.act('start')).code, 0);
	});
});

t.test('what a brick lies on', async t => {
	await on(t, async here => {
		await started(t, here);
		t.same(JSON.parse(here.read('/var/lib/twinpool/gluster-vm.json')), JSON.parse(DATASET));
		here.put('/proc/self/mountinfo', UNMOUNTED);
		t.match(await here.act('monitor'), {
			code: 1,
			reason: /^brick\/data is not mounted at \/brick\/data, where brick \/brick\/data\/vm is/u,
		});
		await here.endBrick();
		here.tool('zfs', 'echo "cannot open: dataset does not exist" >&2; exit 1');
		t.match(await here.act('start', SHORT), {code: 1, reason: /is not mounted .*: cannot open: dataset does not exist/u});
		t.equal(here.brick, undefined, 'no brick in an empty directory');
		here.tool('zfs', 'echo "30 20 0:30 / /brick/data rw - zfs brick/data rw" >>$ROOT/proc/self/mountinfo');
		here.remove('/proc/spl/kstat/zfs/brick');
		const room = here.withoutRoom('/brick/data/vm');
		t.match(await here.act('start', SHORT), {code: 1, reason: /^the file system of brick \/brick\/data\/vm is full/u});
		t.equal(here.brick, undefined);
		room();
		t.equal((await here.act('start')).code, 0);
		t.ok(here.calls().some(call => call === 'zpool import -o cachefile=none brick'));
		t.ok(here.brick);
	});
	await on(t, async here => {
		here.remove('/brick/data/vm/.glusterfs');
		here.lease(BOTH);
		t.match(await here.act('start', SHORT), {code: 1, reason: /is no brick yet, or its dataset is not mounted/u});
	});
});

t.test('what monitor says', t =>
	on(t, async here => {
		await started(t, here);
		const monitor = (env = {}): ReturnType<GlusterHost['act']> => here.act('monitor', env);
		here.seen('healing');
		t.match(await monitor(), {code: 0, stderr: /it is healing/u});
		t.match(await monitor({OCF_RESKEY_degraded: 'true'}), {code: 190});
		here.seen('together');
		here.remove('/run/glusterd.pid');
		t.match(await monitor(), {code: 0, stderr: /glusterd does not run: "systemctl start glusterd"/u});
		here.remove('/var/lib/glusterd/peers');
		t.match(await monitor(), {code: 0, stderr: /without its record of peer 127\S+, which is gone, .*: "twinpool doctor"/u});
		here.remove('/proc/4194010');
		t.match(await monitor(), {code: 1, reason: /the client that serves \/vol is gone/u});
		here.put('/proc/self/mountinfo', here.read('/proc/self/mountinfo').replace(/^.*fuse.*\n/mu, ''));
		t.match(await monitor(), {code: 1, reason: /vm is not mounted at \/vol any more/u});
		const info = here.read('/var/lib/glusterd/vols/vm/info');
		here.put('/var/lib/glusterd/vols/vm/info', info.replace('status=1', 'status=2'));
		t.match(await monitor(), {code: 7, reason: /volume vm was stopped by hand/u});
		here.remove('/var/lib/glusterd/vols/vm');
		t.match(await monitor(), {code: 7, reason: /volume vm is gone from glusterd/u});
		here.put('/var/lib/glusterd/vols/vm/info', info);
	}),
);

t.test('a volume that was stopped by hand is started', t =>
	on(t, async here => {
		here.lease(BOTH);
		here.seen('together');
		await here.endBrick();
		here.put('/var/lib/glusterd/vols/vm/info', here.read('/var/lib/glusterd/vols/vm/info').replace('status=1', 'status=2'));
		t.equal((await here.act('start')).code, 0);
		t.ok(here.calls().includes('gluster --mode=script --xml volume start vm'));
	}),
);

t.test('parameters', t =>
	on(t, async here => {
		const rows: [env: Record<string, string>, code: number, reason: RegExp][] = [
			[{OCF_RESKEY_volname: ''}, 6, /volname/u],
			[{OCF_RESKEY_volname: 'other'}, 5, /glusterd of this host knows no volume other, only vm/u],
			[{OCF_RESKEY_mountpoint: 'vol'}, 6, /mountpoint: expected an absolute path/u],
			[{OCF_RESKEY_mountpoint: '/vol/'}, 6, /mountpoint: expected an absolute path without a slash at its end/u],
			[{OCF_RESKEY_options: 'features.shard'}, 6, /options: expected KEY=VALUE/u],
			[{OCF_RESKEY_options: `${'a.b.c.d=1 '.repeat(40)}features.shard`}, 6, /options: expected KEY=VALUE/u],
			[{OCF_RESKEY_options: 'cluster.quorum-count=1'}, 6, /nothing of cluster.quorum/u],
			[{OCF_RESKEY_ping_timeout: 'soon'}, 6, /ping_timeout/u],
			[{OCF_RESKEY_heal: 'yes'}, 6, /heal/u],
			[{OCF_RESKEY_override: '$(reboot)'}, 6, /override/u],
		];
		for (const [env, code, reason] of rows) {
			t.match(await here.act('start', {...SHORT, ...env}), {code, reason}, JSON.stringify(env));
		}
		t.equal((await here.act('stop', {OCF_RESKEY_volname: ''})).code, 0, 'a stop of what was never named');
		here.lease(BOTH);
		here.seen('together');
		here.option('cluster.self-heal-daemon', 'off');
		t.match(await here.act('start'), {code: 6, reason: /gluster volume set vm cluster.self-heal-daemon on/u});
		here.option('cluster.self-heal-daemon');
		t.equal(
			(await here.act('start', {OCF_RESKEY_ping_timeout: '20', OCF_RESKEY_options: 'features.shard=on storage.owner-uid=64055'})).code,
			0,
		);
		t.match(here.read('/var/lib/glusterd/vols/vm/info'), /features.shard=on\nstorage.owner-uid=64055\nnetwork.ping-timeout=20/u);
		here.put('/calls', '');
		t.equal((await here.act('start', {OCF_RESKEY_ping_timeout: '20'})).code, 0);
		t.notOk(
			here.calls().some(call => /volume set/u.test(call)),
			'what is so already is left',
		);
	}),
);
