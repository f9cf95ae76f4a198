import {readFileSync} from 'node:fs';
import t from 'tap';
import {portalOf, sessionsTo} from '../../lib/iscsi/session.ts';
import {recordOf, timersOf} from '../../lib/iscsi/timers.ts';
import {setTimers} from '../../lib/iscsi/timing.ts';
import {addressText} from '../../lib/knock.ts';
import {PHASES, sysfs} from '../fake/leg.ts';

const where = {target: 'iqn.2026-11.test.lab:bravo.tank', portal: {host: '10.77.2.2', port: 3260}, lun: 0, iscsiadm: 'iscsiadm'};

t.test('each captured phase', async t => {
	const seen: Record<string, string> = {};
	for (const phase of PHASES) {
		process.env['TWINPOOL_ROOT'] = t.testdir({[phase]: {}});
		sysfs(process.env['TWINPOOL_ROOT'], phase);
		const [session, ...more] = sessionsTo(where);
		t.same(more, [], `${phase}: one at most`);
		seen[phase] = session
			? `${session.state} ${session.disk?.state} ${session.replacement} ${session.noop.interval}/${session.noop.timeout} ${session.host}`
			: 'none';
		t.equal(session?.disk?.wwid ?? 'naa.', session ? session.disk?.wwid : 'naa.', phase);
	}
	t.same(seen, {
		healthy: 'LOGGED_IN running off 2/2 host6',
		failed: 'FAILED blocked off 2/2 host6',
		released: 'none',
		back: 'LOGGED_IN running off 2/2 host6',
		resilvering: 'LOGGED_IN running off 2/2 host6',
		resilvered: 'LOGGED_IN running off 2/2 host6',
	});
});

t.test('another target, portal or unit is not the leg', async t => {
	process.env['TWINPOOL_ROOT'] = t.testdir();
	sysfs(process.env['TWINPOOL_ROOT'], 'healthy');
	t.equal(sessionsTo({...where, target: 'iqn.2026-11.test.lab:bravo'}).length, 0);
	t.equal(sessionsTo({...where, portal: {host: '10.77.2.3', port: 3260}}).length, 0);
	t.equal(sessionsTo({...where, portal: {host: '10.77.2.2', port: 3261}}).length, 0);
	t.equal(sessionsTo({...where, lun: 1})[0]?.disk, undefined, 'a session without that unit');
});

t.test('the live limits are set and looked at', async t => {
	const root = t.testdir();
	process.env['TWINPOOL_ROOT'] = root;
	sysfs(root, 'healthy');
	const [session] = sessionsTo(where);
	if (!session?.disk) {
		t.fail('there is a session');
		return;
	}
	t.match(setTimers({...session, replacement: '120'}, timersOf(20)), [/pings every 2 s and waits 2 s, not 4 and 4/u]);
	t.equal(readFileSync(`${root}/sys/class/iscsi_session/session7/recovery_tmo`, 'utf8'), '-1', 'held writes never fail by themselves');
});

t.test('timers follow from stall', async t => {
	for (const stall of [5, 7, 10, 30]) {
		const {noop, command, step} = timersOf(stall);
		t.ok(noop.interval + noop.timeout <= stall * 0.4 + 1, `${stall}: a dead link is known in two fifths`);
		t.ok(command + 3 * step <= stall, `${stall}: a command and its recovery fit`);
	}
	t.equal(recordOf(timersOf(10))['node.session.timeo.replacement_timeout'], '-1');
});

t.test('portals', async t => {
	t.same(portalOf('10.0.0.1'), {host: '10.0.0.1', port: 3260});
	t.same(portalOf('10.0.0.1:860'), {host: '10.0.0.1', port: 860});
	t.same(portalOf('[fd00::1]:3261'), {host: 'fd00::1', port: 3261});
	t.equal(addressText({host: 'fd00::1', port: 3260}), '[fd00::1]:3260');
	t.equal(portalOf('10.0.0.1;reboot'), undefined);
});
