// A replicated volume whose other side is lost: in which order what is done, and what is not.
import t from 'tap';
import {CIBADMIN} from '../fake/gluster-host.ts';
import {AHEAD, called, kept, nothing, order, parted, says, WHOLE} from '../fake/gluster-keeper.ts';
import {GLUSTER, ID} from '../fake/gluster-store.ts';
import {cibOf} from '../fake/leg-host.ts';

t.jobs = 4;

const BEHIND = `epoch=2 holder=bravo pool=${ID} current=bravo behind=alpha@1795421835`;

t.test('the other side is lost: first the lease, then the quorum, then the dead connections; and back', async t => {
	const {here} = await kept(t, nothing, [
		parted(nothing),
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
	]);
	t.equal(here.lease(), `epoch=2 holder= pool=${ID} current=alpha,bravo behind=`);
	const [forgot = -1, told = -1, one = -1, both = -1, looked = -1, healed = -1] = order(
		here,
		/^ss .*24007/u,
		/^cibadmin -M/u,
		/volume set vm cluster.quorum-count 1/u,
		/volume set vm cluster.quorum-count 2/u,
		/volume heal vm$/u,
		/volume heal vm info summary/u,
	);
	const dropped = here.calls().findIndex(call => /^ss .*55196/u.test(call));
	t.ok(told >= 0 && forgot >= 0 && forgot < one && told < one && one < dropped && dropped < both, here.calls().join('\n'));
	t.ok(both < looked && looked < healed, 'gluster is told to look for what is left to heal');
	t.match(here.calls()[dropped], new RegExp(`dst ${here.peerAddress} and`, 'u'), 'of this peer alone');
	t.ok(called(here, /^prompt .*volume set vm cluster.quorum-count 1/u), 'by the one that was started ahead');
	t.ok(called(here, /^attrd_updater -N bravo -n twinpool-behind-vm -U 1/u));
	t.ok(called(here, /^attrd_updater -N bravo -n twinpool-behind-vm -D/u));
});

t.test('a gluster that was started ahead does not live to be asked: another one is', async t => {
	const {here} = await kept(t, nothing, [
		parted(here => {
			here.tool('gluster', `[ $# -eq 2 ] && { echo Welcome to gluster prompt; exit 1; }\n${GLUSTER}`);
			here.option('features.barrier', 'enable');
		}),
		[says(/^alone/u), nothing],
	]);
	t.match(here.read('/var/lib/glusterd/vols/vm/info'), /cluster.quorum-count=1/u);
	const [barrier = -1, one = -1] = order(here, /volume set vm features.barrier disable/u, /volume set vm cluster.quorum-count 1/u);
	t.ok(barrier >= 0 && barrier < one, 'a snapshot that was ended would have the bricks hold writes again');
});

t.test('nobody knows what became of the other node: writes go on needing both', async t => {
	const {here} = await kept(t, nothing, [
		parted(here => {
			here.member('lost');
		}),
		[says(/^parted: writes wait: bravo is lost and not fenced/u), nothing],
	]);
	t.notOk(called(here, /quorum-count 1/u));
	t.notOk(called(here, /^ss .*55196/u), 'and their clients wait');
	t.equal(here.lease(), WHOLE);
});

t.test('what is in the lease is not lowered for before everybody shows it', async t => {
	const {here} = await kept(t, nothing, [
		parted(here => {
			// Written by a keeper that was ended before it had asked; and bravo, a member still, does not answer any more.
			here.lease(`epoch=2 holder=alpha pool=${ID} current=alpha behind=bravo@1795421835`);
			here.put('/silent', '');
		}),
		[says(/^declared: writes wait: bravo does not show the lease/u), nothing],
	]);
	t.notOk(called(here, /quorum-count 1/u));
	t.notOk(called(here, /^ss .*55196/u));
});

t.test('who is fenced while it is asked is not waited for', async t => {
	let waited = false;
	const {here} = await kept(t, nothing, [
		parted(here => {
			here.put('/silent', '');
		}),
		[here => called(here, /^cibadmin -Q --node bravo/u), here => here.member('fenced')],
		[
			here => {
				waited ||= /does not show the lease/u.test(here.seen());
				return says(/^alone/u)(here);
			},
			nothing,
		],
	]);
	t.notOk(waited);
	t.match(here.lease(), AHEAD);
});

t.test('the other node had the first word', async t => {
	const {here} = await kept(t, nothing, [
		parted(here => {
			here.lease(BEHIND);
		}),
		[says(/^halted/u), nothing],
	]);
	t.notOk(called(here, /volume set/u));
	t.notOk(called(here, /^cibadmin -M/u));
});

t.test(
	'behind, and out of sight of the other one: the brick ends and glusterd is held, until clients have found that one again',
	async t => {
		let back = 0;
		let begun = 0;
		const {here} = await kept(t, nothing, [
			[
				says(/^together/u),
				async here => {
					here.lease(BEHIND);
					await here.peer(false);
				},
			],
			[here => here.brick === undefined, nothing],
			[
				says(/^halted/u),
				async here => {
					t.ok(called(here, /^systemctl kill --kill-who=main --signal=STOP glusterd/u), 'which would start it again, and tell clients so');
					t.notOk(called(here, /^systemctl (stop|start)/u), 'nobody else is hurt');
					t.notOk(called(here, /volume start|--signal=CONT/u), 'and both stay so');
					back = performance.now();
					await here.peer(true);
				},
			],
			[
				here => here.brick !== undefined,
				() => {
					begun = performance.now();
				},
			],
			[says(/^left/u), nothing],
		]);
		t.ok(called(here, /^systemctl kill --kill-who=main --signal=CONT glusterd/u));
		t.ok(begun - back > 8000, `clients look for the other one's bricks every 3 s: it began after ${Math.round(begun - back)} ms`);
		t.equal(here.lease(), BEHIND);
	},
);

t.test('a glusterd that answers keeps its connection: the other brick may have ended by "volume stop"', async t => {
	const {here} = await kept(t, nothing, [
		[
			says(/^together/u),
			async here => {
				here.member('fenced');
				await here.peer(true, false);
			},
		],
		[here => /^epoch=2 /u.test(here.lease()), here => t.notOk(called(here, /^ss .*24007/u))],
	]);
	t.ok(here.brick);
});

t.test('who joined while the lease was written, and is lost again, has not read it', async t => {
	const {here} = await kept(t, nothing, [
		parted(here => {
			here.member('fenced');
			// The lease is written, and then bravo is a member that does not answer.
			here.put('/joined.xml', cibOf('member'));
			here.tool('cibadmin', `${CIBADMIN}\ncase "$1" in -M) cp $ROOT/joined.xml $ROOT/cib.xml; touch $ROOT/silent ;; esac`);
		}),
		[says(/^declared: writes wait: bravo does not show the lease/u), nothing],
	]);
	t.match(here.lease(), AHEAD);
	t.notOk(called(here, /quorum-count 1/u));
});
