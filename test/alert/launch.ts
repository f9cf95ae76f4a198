// What the launcher spares the alert agent: Pacemaker calls it for every operation of a failover.
import t from 'tap';
import {ATTRIBUTES} from '../../lib/alert/kinds.ts';
import {host, NODE} from '../fake/launch.ts';

t.test('an alert of nothing that is told starts no program', async t => {
	const {run} = host(t);
	const alert = (kind: string, env: Record<string, string> = {}, argv: string[] = []): string => {
		const {status, stdout, stderr} = run('alert_twinpool', argv, {CRM_alert_kind: kind, ...env});
		return `${status}${stdout}${stderr}`;
	};
	const resource = (status: string, rc: string, expected: string): string =>
		alert('resource', {CRM_alert_status: status, CRM_alert_rc: rc, CRM_alert_target_rc: expected});
	const started = `0${NODE}\n`;
	t.same(
		[resource('0', '0', '0'), resource('0', '8', '8'), alert('node'), alert('attribute', {CRM_alert_attribute_name: 'master-drbd'})],
		['0', '0', '0', '0'],
	);
	for (const kind of ATTRIBUTES) {
		t.equal(alert('attribute', {CRM_alert_attribute_name: `twinpool-${kind}-r0`}), started, kind);
	}
	t.same(
		[resource('0', '1', '0'), resource('2', '0', '0'), resource('', '', ''), alert('fencing'), alert(''), alert('other')],
		Array.from({length: 6}, () => started),
	);
	t.equal(alert('node', {}, ['--test', 'mail:root']), started);
});
