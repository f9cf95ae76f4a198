// The one who keeps a leg, as built: what it does to bring a leg back, and when it tells the cluster that the leg has everything.
import {existsSync, readFileSync, rmSync} from 'node:fs';
import t, {type Test} from 'tap';
import {GUIDS, type LegHost, legHost} from '../fake/leg-host.ts';

const whole = new RegExp(` current=[\\d,]*${GUIDS.leg}[\\d,]* behind=$`, 'u');
const lacking = new RegExp(` current=${GUIDS.own} behind=${GUIDS.leg}@\\d+$`, 'u');
const newer = (text: string): string => text.replace(/in 00:.*$/mu, 'in 00:00:02 with 0 errors on Mon Nov 23 02:00:00 2026');
/** As after "zpool clear". */
const counted = (text: string): string => text.replace(/ 3 +96 +0/u, ' 0     0     0');

/** A node that has started its leg; `stages` are gone through one by one: each waits for something, and then changes the world. */
async function on(
	t: Test,
	prepare: (here: LegHost) => void,
	stages: [(here: LegHost) => boolean, (here: LegHost) => void][],
	seconds = 25,
) {
	const here = await legHost(t.testdir(), true);
	try {
		t.equal((await here.act('start')).code, 0);
		t.match(here.lease(), whole);
		prepare(here);
		here.put('/calls', '');
		let at = 0;
		const through = await here.keep(() => {
			const stage = stages[at];
			if (stage?.[0](here)) {
				stage[1](here);
				at += 1;
			}
			return at === stages.length;
		}, seconds);
		return {here, through, at};
	} finally {
		here.close();
	}
}

const said = (here: LegHost): string => {
	const path = `${here.root}/run/twinpool/leg-tank.seen`;
	return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as {says: string}).says : '';
};
const loseSession = (here: LegHost): void => rmSync(`${here.root}/sys/class/iscsi_session`, {recursive: true});
const called = (here: LegHost, what: RegExp): boolean => here.calls().some(call => what.test(call));
const nothing = (): void => undefined;

t.test('a leg that comes back: the lease says so only when its own resilver is over', async t => {
	const {here, through, at} = await on(
		t,
		here => {
			loseSession(here);
			here.put(
				'/after-online',
				here.status('healthy', text => text.replace(/(ONLINE +)0 +0( +0\n\nerrors)/u, '$13 96$2')),
			);
			here.put('/after-clear', here.status('healthy'));
			here.status('back');
		},
		[
			[here => lacking.test(here.lease()), nothing],
			[here => called(here, /^iscsiadm .*--login/u), nothing],
			// ONLINE, and the resilver has not begun: what zpool says of the last one is not about this one.
			[here => /waiting whether/u.test(said(here)), here => t.match(here.lease(), lacking)],
			[here => lacking.test(here.lease()), here => void here.status('resilvering', counted)],
			[here => /^resilvering, 54.34 % done/u.test(said(here)), here => t.match(here.lease(), lacking)],
			[() => true, here => void here.status('resilvered', text => counted(newer(text)))],
			[here => whole.test(here.lease()), nothing],
		],
	);
	t.ok(through, `stage ${at}: ${said(here)}, ${here.lease()}`);
	const calls = here.calls();
	const first = (what: RegExp): number => calls.findIndex(call => what.test(call));
	t.ok(first(/^cibadmin -M/u) < first(/--login/u), 'the cluster knew before anything else was done');
	t.ok(first(/--login/u) < first(/^zpool online/u));
	t.ok(first(/^zpool online/u) < first(/^zpool clear tank \d+/u), 'what is counted from now on is of this time');
});

t.test('nothing was missed: no resilver comes, and a txg was forced to see that', async t => {
	let online = 0;
	const {here, through} = await on(
		t,
		here => {
			loseSession(here);
			here.status('healthy');
		},
		[
			[
				here => called(here, /^zpool online/u),
				() => {
					online = performance.now();
				},
			],
			[
				here => called(here, /^zpool sync/u),
				here => {
					t.match(here.lease(), lacking);
					t.ok(performance.now() - online > 8000, 'a resilver has its time to begin');
				},
			],
			[here => whole.test(here.lease()), nothing],
		],
		40,
	);
	t.ok(through, said(here));
});

t.test('a resilver with errors does not complete a leg', async t => {
	const {here, through} = await on(
		t,
		here => {
			loseSession(here);
			here.status('healthy');
			here.put(
				'/after-online',
				readFileSync(`${here.root}/status`, 'utf8').replace(/in 00:.*$/mu, 'in 00:00:02 with 3 errors on Mon Nov 23 02:00:00 2026'),
			);
		},
		[[here => /does not have everything: .*3 errors/u.test(said(here)), here => t.match(here.lease(), lacking)]],
	);
	t.ok(through, said(here));
});

t.test('a vdev that failed too often is cleared', async t => {
	const {here, through} = await on(
		t,
		here => {
			loseSession(here);
			here.status('back', text => text.replace('UNAVAIL', 'FAULTED'));
		},
		[[here => called(here, /^zpool clear tank \d+/u), nothing]],
	);
	t.ok(through, said(here));
	t.ok(here.calls().findIndex(call => call.startsWith('zpool online')) < here.calls().findIndex(call => call.startsWith('zpool clear')));
});

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

t.test('a unit that its target offers only later is looked for', async t => {
	const {here, through} = await on(
		t,
		here => {
			here.put('/sys/class/scsi_host/host6/scan', '');
			rmSync(`${here.root}/sys/class/iscsi_session/session1/device/target6:0:0/6:0:0:0/block`, {recursive: true});
			here.status('back');
		},
		[[here => readFileSync(`${here.root}/sys/class/scsi_host/host6/scan`, 'utf8') === '- - -', nothing]],
	);
	t.match(said(here), /unit 0 of it has no disk here: the target does not offer it to this host/u);
	t.ok(through, said(here));
});

t.test('a record that somebody deleted is written again', async t => {
	const {here, through} = await on(
		t,
		here => {
			loseSession(here);
			rmSync(`${here.root}/etc/iscsi/nodes`, {recursive: true});
			here.status('back');
		},
		[[here => called(here, /^zpool online/u), nothing]],
	);
	t.ok(through, said(here));
});

t.test('iscsid is kept alive: a session that it never knew in good days could not be let go', async t => {
	const {here, through} = await on(t, here => void here.status('healthy'), [
		[here => called(here, /^systemctl start iscsid.service/u), here => here.put('/run/iscsid.pid', `${process.pid}\n`)],
		[() => true, here => here.put(`/proc/${process.pid}/stat`, '')],
	]);
	t.ok(through, said(here));
});

t.test('writes that fail during the resilver', async t => {
	const {here, through} = await on(
		t,
		here => {
			loseSession(here);
			here.put('/after-online', here.status('healthy'));
			here.status('back');
		},
		[
			[here => called(here, /^zpool online/u), here => void here.status('resilvered', newer)],
			[here => /96 of its writes failed/u.test(said(here)), here => t.match(here.lease(), lacking)],
			// And from the beginning.
			[here => here.calls().filter(call => call.startsWith('zpool online')).length === 2, here => t.match(here.lease(), lacking)],
		],
	);
	t.ok(through, said(here));
});

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
