// glusterd that is not there: how it is started, and what is said when it does not start.
import t from 'tap';
import {BOTH, on, SHORT} from '../fake/gluster-life.ts';

t.jobs = 4;

for (const [what, shows, verbs] of [
	['not yet started', 'dead', ['start']],
	['killed, and its bricks are being ended', 'stop-sigterm', ['restart']],
	['killed, and systemd waits', 'auto-restart', ['restart']],
	['mended, after too many starts', 'failed', ['reset-failed', 'start']],
] as const) {
	t.test(`glusterd ${what}`, t =>
		on(t, async here => {
			await here.endBrick();
			here.lease(BOTH);
			here.remove('/run/glusterd.pid');
			here.seen('together');
			here.tool('systemctl', `case "$1" in show) echo SubState=${shows} ;; esac`);
			t.equal((await here.act('start')).code, 0);
			const told = here.calls().flatMap(call => /^systemctl (?<verb>[a-z-]+) glusterd/u.exec(call)?.groups?.['verb'] ?? []);
			t.same(told, verbs);
		}),
	);
}

t.test('glusterd does not start without the record of its peer', t =>
	on(t, async here => {
		await here.endBrick();
		here.lease(BOTH);
		here.remove('/run/glusterd.pid');
		here.remove('/var/lib/glusterd/peers');
		here.tool('systemctl', '[ "$1" = show ] || { echo "Job for glusterd.service failed because" >&2; exit 1; }');
		const {code, reason} = await here.act('start', SHORT);
		t.equal(code, 1);
		t.equal(
			reason,
			`glusterd does not start without its record of peer ${here.peerAddress}, which is gone: "twinpool doctor" has the command that writes it`,
		);
	}),
);
