// What is lost without a word, and what is not done: the keeper of a leg before an import, beside failures, and without a cluster.
import {rmSync, writeFileSync} from 'node:fs';
import t from 'tap';
import {GUIDS, type LegHost} from '../fake/leg-host.ts';
import {called, lacking, loseSession, nothing, kept as on, said} from '../fake/leg-keeper.ts';

const session = '/sys/class/iscsi_session/session1';
const fail = (here: LegHost): void => writeFileSync(`${here.root}${session}/state`, 'FAILED\n');
const newer = (text: string): string => text.replace(/in 00:.*$/mu, 'in 00:00:02 with 0 errors on Mon Nov 23 02:00:00 2026');

t.test('before the pool is imported nothing comes into its reach', async t => {
	const {here, through} = await on(t, loseSession, [
		[here => /everything/u.test(said(here)), nothing],
		// The kernel shows the pool from the beginning of its import on; zpool does not.
		[() => true, here => here.put('/proc/spl/kstat/zfs/tank/state', 'UNINITIALIZED\n')],
		[here => called(here, /^zpool status/u), here => here.put('/calls', '')],
		[
			here => called(here, /^zpool status/u),
			here => {
				t.notOk(called(here, /--login/u));
				here.status('released');
			},
		],
		[here => called(here, /--login/u), nothing],
	]);
	t.ok(through, said(here));
});

t.test('iscsid is kept alive: a session that it never knew in good days could not be let go', async t => {
	const {here, through} = await on(t, here => void here.status('healthy'), [
		[here => called(here, /^systemctl start iscsid.service/u), here => here.put('/run/iscsid.pid', `${process.pid}\n`)],
		[() => true, here => here.put(`/proc/${process.pid}/stat`, '')],
	]);
	t.ok(through, said(here));
});

t.test("somebody's zpool offline: the cluster learns it, and nobody takes it back", async t => {
	const {here, through} = await on(t, here => void here.status('healthy'), [
		[here => /everything/u.test(said(here)), here => void here.status('released', text => text.replace('UNAVAIL', 'OFFLINE'))],
		[here => lacking.test(here.lease()), here => here.put('/calls', '')],
		[here => called(here, /^zpool status/u), here => t.notOk(called(here, /^zpool online/u))],
	]);
	t.ok(through, said(here));
});

t.test('a leg that was lost again while it was behind: let go at once, and what it missed is written down after', async t => {
	const {here, through} = await on(
		t,
		here => {
			here.status('back');
			here.tool('iscsiadm', `case "$*" in *--logout*) readlink $ROOT/dev/twinpool/tank/${GUIDS.leg} >>$ROOT/led ;; esac\n${here.iscsiadm}`);
			fail(here);
		},
		[
			[here => lacking.test(here.lease()) && called(here, /--logout/u), nothing],
			[here => called(here, /--login/u), nothing],
			[
				here => called(here, /^zpool online/u),
				here => {
					t.equal(here.alias(GUIDS.leg), '/dev/sda1');
					here.put('/calls', '');
					// Nobody could be asked now, and nobody has to be.
					here.put('/silent', '');
					writeFileSync(`${here.root}/sys/class/iscsi_session/session2/state`, 'FAILED\n');
				},
			],
			[here => called(here, /--logout/u), here => t.notOk(called(here, /--node/u))],
			[here => called(here, /^cibadmin -M/u), here => t.match(here.lease(), lacking)],
		],
	);
	t.equal(here.read('/led').split('\n')[0], `${here.root}/dev/null`, 'ZFS is not to look for it when its session ends');
	t.ok(through, said(here));
});

t.test('a leg that was behind before its session was lost is behind when that is back before it was let go', async t => {
	const {here, through} = await on(
		t,
		here => {
			here.lease(here.lease().replace(/current=.* behind=$/u, `current=${GUIDS.own} behind=${GUIDS.leg}@5`));
			here.status('back');
			here.tool('cibadmin', here.cibadmin.replace('*--node*)', `*--node*) echo LOGGED_IN >$ROOT${session}/state;`));
			fail(here);
		},
		[[here => called(here, /--node/u) && called(here, /^zpool online/u), nothing]],
	);
	t.ok(through, said(here));
	t.match(here.lease(), lacking);
	t.notOk(called(here, /--logout/u), 'its resilver goes on');
});

t.test('a keeper that begins in the middle of a resilver takes nothing for done', async t => {
	const {here, through} = await on(
		t,
		here => {
			here.lease(here.lease().replace(/current=.* behind=$/u, `current=${GUIDS.own} behind=${GUIDS.leg}@5`));
			here.status('healthy', newer);
		},
		[
			[here => called(here, /^zpool online/u), here => t.match(here.lease(), lacking)],
			[here => /waiting whether/u.test(said(here)), here => t.match(here.lease(), lacking)],
		],
	);
	t.ok(through, said(here));
});

t.test('another disk in the place of the leg', async t => {
	const cases: [what: string, change: (here: LegHost) => void, says: RegExp][] = [
		['blank', here => rmSync(`${here.root}/dev/sda1`), /the leg's disk .*|is not there/u],
		[
			'of another pool of that name',
			here => {
				const note = `${here.root}/run/twinpool/leg-tank.json`;
				writeFileSync(note, here.read('/run/twinpool/leg-tank.json').replace(GUIDS.pool, '123'));
			},
			/belongs to another pool called tank/u,
		],
	];
	for (const [what, change, says] of cases) {
		const {here, through} = await on(
			t,
			here => {
				here.status('back');
				change(here);
			},
			[
				// The session is older than the keeper: what is behind it may have changed since.
				[here => says.test(said(here)) && /read once more over a new one/u.test(said(here)), nothing],
				[here => says.test(said(here)) && !/once more/u.test(said(here)), here => here.put('/calls', '')],
				[here => here.calls().length > 4, here => t.notOk(called(here, /--logout/u), `${what}: once is enough`)],
			],
		);
		t.ok(through, `${what}: ${said(here)}`);
		t.notOk(called(here, /^zpool online/u), what);
	}
});

t.test('a suspended pool is left alone: every zpool command would hang', async t => {
	const {through} = await on(t, here => here.put('/proc/spl/kstat/zfs/tank/state', 'SUSPENDED\n'), [
		[here => /everything/u.test(said(here)), nothing],
		[() => true, here => t.notOk(called(here, /^zpool/u))],
	]);
	t.ok(through);
});

t.test('the other node is marked for as long as its half is behind, and again where that could not be told', async t => {
	const {here, through} = await on(
		t,
		here => {
			here.tool('attrd_updater', 'case "$*" in *bravo*-D*) [ -e $ROOT/told ] || { touch $ROOT/told; exit 1; } ;; esac');
			here.status('healthy');
			fail(here);
		},
		[
			[here => called(here, /^attrd_updater -N bravo -n twinpool-behind-tank -U 1/u), here => void here.status('back')],
			[here => called(here, /^zpool online/u), here => void here.status('healthy', newer)],
			[here => here.calls().filter(call => /^attrd_updater -N bravo -n twinpool-behind-tank -D/u.test(call)).length === 2, nothing],
		],
		40,
	);
	t.ok(through, said(here));
	t.notOk(called(here, /-N alpha .*-U/u), 'a holder that is marked itself would be driven away by the rule');
});
