// The one who keeps a replicated volume while both sides are there.
import t from 'tap';
import {called, kept, nothing, says} from '../fake/gluster-keeper.ts';
import {GLUSTER, HEALER, ID} from '../fake/gluster-store.ts';

t.jobs = 4;

t.test('a lease that cannot be read ends nothing', async t => {
	const {here} = await kept(
		t,
		async here => {
			here.lease('nonsense');
			here.option('cluster.quorum-count', '1');
			await here.peer(false);
		},
		[[says(/the lease cannot be read/u), nothing]],
	);
	t.ok(here.brick);
});

t.test('a brick that died is started, where its dataset is and has room', async t => {
	let room = nothing;
	const {here} = await kept(t, nothing, [
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
				room = here.withoutRoom('/brick/data/vm');
				here.put('/proc/self/mountinfo', '20 1 0:20 / / rw - ext4 /dev/vda rw\n30 20 0:30 / /brick/data rw - zfs brick/data rw\n');
			},
		],
		[
			says(/^dead: the file system of brick \/brick\/data\/vm is full/u),
			here => {
				t.notOk(called(here, /volume start/u));
				room();
			},
		],
		[here => here.brick !== undefined, nothing],
		[says(/^together/u), nothing],
	]);
	t.ok(called(here, /volume start vm force/u));
});

t.test('a self-heal daemon that stays away is started, and that is said although it runs before its start has ended', async t => {
	const {here} = await kept(
		t,
		here =>
			here.tool(
				'gluster',
				`case "$*" in *"volume start vm force") mv $ROOT/healer $ROOT/proc/${HEALER}/cmdline; sleep 3; echo ended >>$ROOT/calls ;; esac\n${GLUSTER}`,
			),
		[
			[
				says(/^together/u),
				here => {
					here.put('/healer', here.read(`/proc/${HEALER}/cmdline`));
					here.remove(`/proc/${HEALER}/cmdline`);
				},
			],
			[says(/^together: the self-heal daemon of vm was gone: it was started again/u), nothing],
			[says(/^together: both copies have everything/u), nothing],
		],
	);
	t.ok(called(here, /^ended/u), 'the command was not ended before');
	t.equal(here.calls().filter(call => /volume start vm force/u.test(call)).length, 1);
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

t.test('a peer whose glusterd was refused is not counted on', async t => {
	const {here} = await kept(
		t,
		here => {
			here.option('cluster.quorum-count', '1');
			here.put('/peers', here.read('/peers').replace('Peer in Cluster', 'Peer Rejected'));
		},
		[[says(/^exposed: glusterd of .* is not connected, or was refused/u), nothing]],
	);
	t.notOk(called(here, /quorum-count 2/u));
});

t.test('a node that has stopped is not called complete before it says that it is back', async t => {
	const gone = `epoch=2 holder= pool=${ID} current=alpha behind=bravo@1795421835`;
	const {here} = await kept(
		t,
		here => {
			here.lease(gone);
		},
		[
			[
				says(/^healing: the other node has stopped/u),
				here => {
					t.equal(here.lease(), gone, 'although nothing is left to heal');
					here.lease(gone.replace('holder=', 'holder=alpha'));
				},
			],
			[says(/^together/u), nothing],
		],
	);
	t.match(here.lease(), /^epoch=2 holder= .* current=alpha,bravo behind=$/u);
});

t.test('that all is healed is said of the lease that was there before it was looked', async t => {
	const {here} = await kept(
		t,
		here => {
			here.lease(`epoch=2 holder=alpha pool=${ID} current=alpha behind=bravo@1795421835`);
			// Meanwhile the other node stops, and is back.
			here.tool(
				'gluster',
				`case "$*" in *"volume heal"*) [ -e $ROOT/looked ] || { sed -i s/epoch=2/epoch=3/ $ROOT/lease; touch $ROOT/looked; } ;; esac\n${GLUSTER}`,
			);
		},
		[
			[says(/^healing: the lease was changed meanwhile/u), here => t.match(here.lease(), /^epoch=3 holder=alpha .* behind=bravo@/u)],
			[says(/^together/u), nothing],
		],
	);
	t.match(here.lease(), /^epoch=3 holder= .* current=alpha,bravo behind=$/u);
});

t.test('with an arbiter the quorum is left alone', async t => {
	const {here} = await kept(t, here => here.option('arbiter_count', '1'), [
		[says(/^unguarded/u), here => here.peer(false)],
		[() => true, nothing],
	]);
	t.notOk(called(here, /volume set/u));
});
