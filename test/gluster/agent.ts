// ocf:twinpool:gluster as built, on a host that a test plays.
import t, {type Test} from 'tap';
import {GlusterHost} from '../fake/gluster-host.ts';
import {ID} from '../fake/gluster-store.ts';

const BOTH = `epoch=1 holder= pool=${ID} current=alpha,bravo behind=`;
const BEHIND = `epoch=4 holder=bravo pool=${ID} current=bravo behind=alpha@1795421835`;
const DATASET = JSON.stringify({'/brick/data/vm': {point: '/brick/data', type: 'zfs', source: 'brick/data'}});
const UNMOUNTED = '20 1 0:20 / / rw - ext4 /dev/vda rw\n';
const SHORT = {OCF_RESKEY_CRM_meta_timeout: '10000'};

async function on(t: Test, work: (here: GlusterHost) => Promise<unknown>): Promise<void> {
	const here = await GlusterHost.make(t.testdir());
	try {
		await work(here);
	} finally {
		here.close();
	}
}
const mounted = (here: GlusterHost): boolean => here.read('/proc/self/mountinfo').includes('fuse.glusterfs');
/** Started, with a keeper that says that all is well. */
async function started(t: Test, here: GlusterHost): Promise<void> {
	here.lease(BOTH);
	here.seen('together');
	const {code, stderr} = await here.act('start');
	t.equal(code, 0, stderr);
	here.put('/calls', '');
}

t.jobs = 4;

t.test('a life: probe, start, monitor, stop, and the other node has the say', t =>
	on(t, async here => {
		t.equal((await here.act('monitor')).code, 7);
		await started(t, here);
		t.ok(mounted(here));
		t.equal((await here.act('monitor')).code, 0);
		t.same(here.calls(), [], 'a monitor starts no program');
		const other = here.foreign();
		const {code, stderr} = await here.act('stop');
		t.equal(code, 0, stderr);
		t.notOk(mounted(here));
		t.equal(here.brick, undefined);
		t.equal(other.exitCode ?? other.signalCode, null, "another volume's brick runs on");
		t.match(here.lease(), /^epoch=2 holder=bravo .* current=bravo behind=alpha@\d+$/u);
		const calls = here.calls();
		const at = (what: RegExp): number => calls.findIndex(call => what.test(call));
		t.ok(at(/^umount/u) < at(/^systemctl stop twinpool-gluster@vm/u) && at(/^cibadmin -M/u) < at(/quorum-count 1/u), calls.join('\n'));
		t.notOk(
			calls.some(call => call.includes('glusterd.service')),
			'which this agent did not start',
		);
		t.equal((await here.act('monitor')).code, 7);
		t.equal((await here.act('stop')).code, 0, 'twice');
	}),
);

t.test('the last copy keeps the say', t =>
	on(t, async here => {
		await started(t, here);
		here.lease(BEHIND.replace('holder=bravo', 'holder=alpha').replace('current=bravo behind=alpha', 'current=alpha behind=bravo'));
		t.equal((await here.act('stop')).code, 0);
		t.match(here.lease(), / current=alpha behind=bravo@/u);
		t.notOk(here.calls().some(call => /volume set/u.test(call)));
	}),
);

t.test('a peer that does not answer is not given the say', t =>
	on(t, async here => {
		await started(t, here);
		await here.peer(false);
		t.equal((await here.act('stop')).code, 0);
		t.equal(here.lease(), BOTH);
	}),
);

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
		here.seen('alone');
		t.equal((await here.act('start', {OCF_RESKEY_override: '4'})).code, 0);
		t.match(here.lease(), /^epoch=5 holder=alpha .* current=alpha behind=bravo@\d+$/u);
	});
	await on(t, async here => {
		here.lease(BEHIND);
		here.seen('left');
		t.equal((await here.act('start')).code, 0, 'with the other one in reach it is served, and healed');
		here.option('cluster.quorum-count', '1');
		t.match(
			await here.act('start', SHORT),
			{code: 1, reason: /vm cannot be served yet: it is left/u},
			'while writes need one copy it is not',
		);
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
		t.match(await monitor(), {code: 0, stderr: new RegExp(`glusterd has lost its peer ${here.peerAddress}: "gluster peer probe`, 'u')});
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
			[{OCF_RESKEY_options: 'features.shard'}, 6, /options: expected KEY=VALUE/u],
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

t.test('a mount that is in use', t =>
	on(t, async here => {
		await started(t, here);
		here.tool('umount', 'echo "target is busy" >&2; exit 32');
		here.put('/proc/4194100/comm', 'qemu-system-x86\n');
		const {symlinkSync, mkdirSync} = await import('node:fs');
		mkdirSync(`${here.root}/proc/4194100/fd`);
		symlinkSync('/vol/web.img', `${here.root}/proc/4194100/fd/9`);
		t.match(await here.act('stop'), {code: 1, reason: /\/vol cannot be unmounted: in use by qemu-system-x86 \(4194100\)/u});
		t.ok(here.brick, 'and its brick runs on');
	}),
);
