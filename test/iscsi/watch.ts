// What a half misses although nobody let it go, and that the last one with everything is kept.
import {rmSync} from 'node:fs';
import t from 'tap';
import {GUIDS} from '../fake/leg-host.ts';
import {called, lacking, nothing, kept as on, said} from '../fake/leg-keeper.ts';

const session = '/sys/class/iscsi_session/session1';

t.test('what a half misses although nobody let it go', async t => {
	const cases: [what: string, change: (text: string) => string, lease: RegExp][] = [
		[
			"this host's own disk has failed: the leg alone has everything",
			text => text.replace(new RegExp(`(${GUIDS.own} +)ONLINE`, 'u'), '$1FAULTED'),
			new RegExp(` current=${GUIDS.leg} behind=${GUIDS.own}@\\d+$`, 'u'),
		],
		['writes failed on a leg that ZFS goes on with', text => text.replace(/(ONLINE +)0 +0( +0\n\nerrors)/u, '$10 7$2'), lacking],
	];
	for (const [what, change, lease] of cases) {
		const {here, through} = await on(t, here => void here.status('healthy'), [
			[here => called(here, /^zpool status/u), nothing],
			[
				here => /everything/u.test(said(here)),
				here => {
					here.status('healthy', change);
					here.put('/proc/spl/kstat/zfs/tank/state', 'DEGRADED\n');
					here.put('/sys/class/iscsi_session/session1/device/target6:0:0/6:0:0:0/ioerr_cnt', '0x7\n');
				},
			],
			[here => lease.test(here.lease()), nothing],
		]);
		t.ok(through, `${what}: ${here.lease()} ${said(here)}`);
	}
});

t.test("this host's own half that was behind when it was imported", async t => {
	const {here, through} = await on(
		t,
		here => {
			here.lease(here.lease().replace(/current=.* behind=$/u, `current=${GUIDS.leg} behind=${GUIDS.own}@5`));
			here.status('resilvering');
		},
		[
			[here => called(here, /^zpool status/u), here => void here.status('healthy')],
			[here => called(here, /^zpool sync/u), here => t.match(here.lease(), new RegExp(` current=${GUIDS.leg} `, 'u'))],
			[here => / behind=$/u.test(here.lease()), nothing],
		],
		45,
	);
	t.ok(through, `${here.lease()} ${said(here)}`);
});

t.test('what cannot be told at once is not forgotten', async t => {
	const {here, through} = await on(t, here => void here.status('healthy'), [
		[
			here => /everything/u.test(said(here)) && called(here, /^zpool status/u),
			here => {
				here.put('/offline', '');
				here.status('healthy', text => text.replace(/(ONLINE +)0 +0( +0\n\nerrors)/u, '$10 7$2'));
				here.put(`${session}/device/target6:0:0/6:0:0:0/ioerr_cnt`, '0x7\n');
			},
		],
		[here => /no cluster is running/u.test(said(here)), here => rmSync(`${here.root}/offline`)],
		[here => lacking.test(here.lease()), nothing],
	]);
	t.ok(through, `${here.lease()} ${said(here)}`);
});

t.test('no half that has everything would be left: writes wait', async t => {
	const {here, through} = await on(
		t,
		here => {
			here.lease(here.lease().replace(/current=.* behind=$/u, `current=${GUIDS.leg} behind=${GUIDS.own}@5`));
			here.status('healthy');
			here.put('/sys/class/iscsi_session/session1/state', 'FAILED\n');
		},
		[[here => /writes wait: no other half of tank has everything/u.test(said(here)), here => t.notOk(called(here, /--logout/u))]],
	);
	t.ok(through, said(here));
});
