// What is done to bring a leg back, and when the cluster is told that it has everything.
import {mkdirSync, readFileSync, renameSync, rmSync, symlinkSync} from 'node:fs';
import t from 'tap';
import {called, lacking, loseSession, nothing, kept as on, said, whole} from '../fake/leg-keeper.ts';

const newer = (text: string): string => text.replace(/in 00:.*$/mu, 'in 00:00:02 with 0 errors on Mon Nov 23 02:00:00 2026');
/** As after "zpool clear". */
const counted = (text: string): string => text.replace(/ 3 +96 +0/u, ' 0     0     0');

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

t.test('a unit that its target offers only later is looked for', async t => {
	const {here, through} = await on(
		t,
		here => {
			here.put('/sys/class/scsi_host/host6/scan', '');
			// As the kernel has a session without any unit: below its host, and nothing below it but the connection.
			const [session, host] = [`${here.root}/sys/class/iscsi_session/session1`, `${here.root}/sys/devices/platform/host6`];
			rmSync(`${session}/device/target6:0:0`, {recursive: true});
			mkdirSync(host, {recursive: true});
			renameSync(`${session}/device`, `${host}/session1`);
			symlinkSync(`${host}/session1`, `${session}/device`);
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

t.test('writes that fail during the resilver', async t => {
	const {here, through} = await on(
		t,
		here => {
			loseSession(here);
			here.put('/after-online', here.status('healthy'));
			here.status('back');
		},
		[
			[here => /waiting whether/u.test(said(here)), here => void here.status('resilvered', newer)],
			[
				here => /96 of its writes failed/u.test(said(here)),
				here => {
					t.match(here.lease(), lacking);
					here.put('/after-online', here.status('back'));
				},
			],
			// And from the beginning.
			[here => here.calls().filter(call => call.startsWith('zpool online')).length === 2, here => t.match(here.lease(), lacking)],
		],
	);
	t.ok(through, said(here));
});
