// The one who keeps a replicated volume, as built, on a host that a test plays: in which order what is done, and what is not.
import t, {type Test} from 'tap';
import {GlusterHost} from '../fake/gluster-host.ts';
import {ID} from '../fake/gluster-store.ts';

const WHOLE = `epoch=1 holder= pool=${ID} current=alpha,bravo behind=`;
const AHEAD = new RegExp(`^epoch=2 holder=alpha pool=${ID} current=alpha behind=bravo@\\d+$`, 'u');
const NOTE = JSON.stringify({me: 'alpha', mountpoint: '/vol', daemon: false});

type Stage = [(here: GlusterHost) => boolean, (here: GlusterHost) => unknown];

/** Led through stages: each waits for something, and then changes the world. */
async function kept(
	t: Test,
	prepare: (here: GlusterHost) => unknown,
	stages: Stage[],
	seconds = 25,
): Promise<{here: GlusterHost; at: number}> {
	const here = await GlusterHost.make(t.testdir());
	t.teardown(() => here.close());
	here.put('/run/twinpool/gluster-vm.json', NOTE);
	here.lease(WHOLE);
	await prepare(here);
	let at = 0;
	await here.keep(async () => {
		const stage = stages[at];
		if (stage?.[0](here)) {
			await stage[1](here);
			at += 1;
		}
		return at === stages.length;
	}, seconds);
	t.equal(at, stages.length, `went as far as ${here.seen()}, ${here.lease()}`);
	return {here, at};
}
const nothing = (): void => undefined;
const called = (here: GlusterHost, what: RegExp): boolean => here.calls().some(call => what.test(call));
const order = (here: GlusterHost, ...whats: RegExp[]): number[] => whats.map(what => here.calls().findIndex(call => what.test(call)));
const says =
	(what: RegExp) =>
	(here: GlusterHost): boolean =>
		what.test(here.seen());

t.jobs = 4;

t.test('the other side is lost: first the lease, then the quorum, then the dead connections; and back', async t => {
	const {here} = await kept(
		t,
		nothing,
		[
			[says(/^together/u), here => here.peer(false)],
			[says(/^alone/u), here => t.match(here.lease(), AHEAD)],
			[
				() => true,
				async here => {
					t.match(here.read('/var/lib/glusterd/vols/vm/info'), /cluster.quorum-count=1/u);
					here.put('/brick/data/vm/.glusterfs/indices/xattrop/ee05249d-bae9-4b4c-993b-be442b3f5d9a', '');
					await here.peer(true);
				},
			],
			[says(/^exposed/u), nothing],
			[
				says(/^healing: .*1 entries/u),
				here => {
					t.match(here.read('/var/lib/glusterd/vols/vm/info'), /cluster.quorum-count=2/u, 'writes need both before all is healed');
					t.match(here.lease(), AHEAD);
					here.remove('/brick/data/vm/.glusterfs/indices/xattrop/ee05249d-bae9-4b4c-993b-be442b3f5d9a');
				},
			],
			[says(/^together/u), nothing],
		],
		60,
	);
	t.equal(here.lease(), `epoch=2 holder= pool=${ID} current=alpha,bravo behind=`);
	const [forgot = -1, told = -1, one = -1, both = -1, healed = -1] = order(
		here,
		/^ss .*24007/u,
		/^cibadmin -M/u,
		/volume set vm cluster.quorum-count 1/u,
		/volume set vm cluster.quorum-count 2/u,
		/volume heal vm info summary/u,
	);
	const dropped = here.calls().findIndex(call => /^ss .*55196/u.test(call));
	t.ok(told >= 0 && told < forgot && forgot < one && one < dropped && dropped < both && both < healed, here.calls().join('\n'));
	t.match(here.calls()[dropped], new RegExp(`dst ${here.peerAddress} and`, 'u'), 'of this peer alone');
	t.ok(called(here, /^attrd_updater -N bravo -n twinpool-behind-vm -U 1/u));
	t.ok(called(here, /^attrd_updater -N bravo -n twinpool-behind-vm -D/u));
});

t.test('nobody knows what became of the other node: writes go on needing both', async t => {
	const {here} = await kept(t, nothing, [
		[
			says(/^together/u),
			async here => {
				here.member('lost');
				await here.peer(false);
			},
		],
		[says(/^parted: writes wait: bravo is lost and not fenced/u), nothing],
	]);
	t.notOk(called(here, /quorum-count 1/u));
	t.notOk(called(here, /^ss /u), 'and their clients wait');
	t.equal(here.lease(), WHOLE);
});

t.test('the other node had the first word', async t => {
	const {here} = await kept(t, nothing, [
		[
			says(/^together/u),
			async here => {
				here.lease(`epoch=2 holder=bravo pool=${ID} current=bravo behind=alpha@1795421835`);
				await here.peer(false);
			},
		],
		[says(/^left/u), nothing],
	]);
	t.notOk(called(here, /volume set/u));
	t.notOk(called(here, /^cibadmin -M/u));
});

t.test('behind, out of sight of the other one, and writes need one copy: the brick ends', async t => {
	const {here} = await kept(
		t,
		async here => {
			here.lease(`epoch=2 holder=bravo pool=${ID} current=bravo behind=alpha@1795421835`);
			here.option('cluster.quorum-count', '1');
			await here.peer(false);
		},
		[
			[here => here.brick === undefined, nothing],
			[says(/^halted/u), nothing],
		],
	);
	t.notOk(called(here, /volume start/u), 'and stays so');
});

t.test('a brick that died is started, where its dataset is', async t => {
	const {here} = await kept(
		t,
		nothing,
		[
			[
				says(/^together/u),
				async here => {
					here.put(
						'/var/lib/twinpool/gluster-vm.json',
						JSON.stringify({'/brick/data/vm': {point: '/brick/data', type: 'zfs', source: 'brick/data'}}),
					);
					here.put('/proc/self/mountinfo', '20 1 0:20 / / rw - ext4 /dev/vda rw\n');
					await here.endBrick();
				},
			],
			[
				says(/^dead: brick\/data is not mounted at \/brick\/data/u),
				here => {
					t.notOk(called(here, /volume start/u));
					here.put('/proc/self/mountinfo', '20 1 0:20 / / rw - ext4 /dev/vda rw\n30 20 0:30 / /brick/data rw - zfs brick/data rw\n');
				},
			],
			[here => here.brick !== undefined, nothing],
			[says(/^together/u), nothing],
		],
		30,
	);
	t.ok(called(here, /volume start vm force/u));
});

t.test('a quorum that is not ours is made so by one of the two', async t => {
	const {here} = await kept(
		t,
		here => {
			here.option('cluster.quorum-type');
			here.option('cluster.quorum-count');
		},
		[
			[says(/^exposed/u), nothing],
			[says(/^together/u), nothing],
		],
	);
	t.match(here.read('/var/lib/glusterd/vols/vm/info'), /cluster.quorum-type=fixed\ncluster.quorum-count=2/u);
});

t.test('with an arbiter the quorum is left alone', async t => {
	const {here} = await kept(t, here => here.option('arbiter_count', '1'), [
		[says(/^unguarded/u), here => here.peer(false)],
		[() => true, nothing],
	]);
	t.notOk(called(here, /volume set/u));
});
