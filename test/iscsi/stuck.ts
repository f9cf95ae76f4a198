// zpool waits for a leg that is lost, and the leg for us to let it go: we do not wait for zpool.
import {writeFileSync} from 'node:fs';
import t from 'tap';
import {called, lacking, nothing, kept as on, said} from '../fake/leg-keeper.ts';

const session = '/sys/class/iscsi_session/session1';
/** As the kernel has it: no answer while the session is lost and not let go. */
const hangs = `while grep -q FAILED $ROOT${session}/state 2>/dev/null; do sleep 0.1; done; cat $ROOT/status`;

t.test('a keeper that begins while the leg is held', async t => {
	const {here, through} = await on(
		t,
		here => {
			here.status('healthy');
			here.tool('zpool', hangs);
			writeFileSync(`${here.root}${session}/state`, 'FAILED\n');
		},
		[[here => lacking.test(here.lease()) && called(here, /--logout/u), nothing]],
	);
	t.ok(through, said(here));
});

t.test('a leg that is lost while zpool is asked', async t => {
	const {here, through} = await on(t, here => void here.status('healthy'), [
		[
			here => /everything/u.test(said(here)),
			here => {
				here.tool('zpool', `[ -e $ROOT/lost ] || { touch $ROOT/lost; echo FAILED >$ROOT${session}/state; }; ${hangs}`);
				// A command of the leg's disk failed.
				here.put(`${session}/device/target6:0:0/6:0:0:0/ioerr_cnt`, '0x1\n');
			},
		],
		[here => /given up: the session was lost meanwhile/u.test(said(here)), nothing],
		[here => lacking.test(here.lease()) && called(here, /--logout/u), nothing],
	]);
	t.ok(through, said(here));
});
