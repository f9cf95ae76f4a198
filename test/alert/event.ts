// What Pacemaker's words mean: which alerts are told, and nothing in them that could become somebody else's.
import t from 'tap';
import {type Event, eventOf} from '../../lib/alert/event.ts';
import {KINDS, type Kind} from '../../lib/alert/kinds.ts';
import {messageOf} from '../../lib/alert/message.ts';
import {after, judge, NOTHING} from '../../lib/alert/once.ts';
import {isAddress, targetOf} from '../../lib/alert/recipient.ts';
import {FAILURE, SPLIT} from '../fake/alert.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const read = (env: Record<string, string>, kinds: readonly Kind[] = KINDS): ReturnType<typeof eventOf> => eventOf(env, kinds, NOW);
const named = (name: string, value = '1795341600 words'): ReturnType<typeof eventOf> =>
	read({...SPLIT, CRM_alert_attribute_name: name, CRM_alert_attribute_value: value});

t.test('the attributes of the handlers', async t => {
	for (const kind of ['split-brain', 'io-error', 'out-of-sync', 'quorum-lost']) {
		t.match(named(`twinpool-${kind}-r-0`), {kind, resource: 'r-0', node: 'alpha', time: '2026-11-22T10:00:00Z', facts: {said: 'words'}});
		t.equal(named(`twinpool-${kind}-r0`, '')?.identity, undefined, 'gone is over');
	}
	t.equal(named('twinpool-drbd-r0'), undefined);
	t.equal(named('master-drbd'), undefined);
	t.match(named('twinpool-io-error-r0', '20261122T151332Z sdb: gone'), {time: '2026-11-22T15:13:32Z', facts: {said: 'sdb: gone'}});
	t.match(named('twinpool-io-error-r0', '20269922T151332Z x'), {time: '2026-11-22T10:00:01Z', facts: {said: '20269922T151332Z x'}});
	t.match(named('twinpool-io-error-r0', 'no time'), {time: '2026-11-22T10:00:01Z', facts: {said: 'no time'}});
	t.not(
		named('twinpool-io-error-r0')?.key,
		read({...SPLIT, CRM_alert_attribute_name: 'twinpool-io-error-r0', CRM_alert_node: 'bravo'})?.key,
	);
	t.equal(
		named('twinpool-split-brain-r0')?.key,
		read({...SPLIT, CRM_alert_attribute_name: 'twinpool-split-brain-r0', CRM_alert_node: 'bravo'})?.key,
	);
	t.equal(read(SPLIT, ['fencing']), undefined, 'not asked for');
});

t.test('operations that failed, and no others', async t => {
	const failed = (change: Record<string, string>): boolean => read({...FAILURE, ...change}) !== undefined;
	t.match(read(FAILURE), {what: 'monitor of tank failed on alpha', facts: {'exit code': '1, expected 0', result: 'error'}});
	t.ok(failed({CRM_alert_status: '2', CRM_alert_rc: '0'}), 'timed out');
	t.ok(failed({CRM_alert_rc: '9', CRM_alert_target_rc: '8'}));
	t.ok(failed({CRM_alert_interval: '0', CRM_alert_rc: '5', CRM_alert_target_rc: '7'}), 'a probe without the software');
	for (const [why, change] of Object.entries({
		'as expected': {CRM_alert_rc: '0'},
		promoted: {CRM_alert_rc: '8', CRM_alert_target_rc: '8'},
		degraded: {CRM_alert_rc: '190'},
		'degraded and promoted': {CRM_alert_rc: '191', CRM_alert_target_rc: '8'},
		cancelled: {CRM_alert_status: '1'},
		pending: {CRM_alert_status: '-1'},
		'found running by a probe': {CRM_alert_interval: '0', CRM_alert_rc: '0', CRM_alert_target_rc: '7'},
		'of no resource': {CRM_alert_status: '', CRM_alert_rc: '', CRM_alert_target_rc: ''},
	})) {
		t.notOk(failed(change), why);
	}
});

t.test('fencing', async t => {
	const fencing = (desc: string, rc = '0'): ReturnType<typeof eventOf> =>
		read({CRM_alert_kind: 'fencing', CRM_alert_node: 'bravo', CRM_alert_rc: rc, CRM_alert_desc: desc});
	t.match(fencing('Operation reboot of bravo by alpha for pacemaker-controld.12@alpha: OK (ref=7d.1)'), {
		what: 'bravo was fenced',
		origin: 'alpha',
		facts: {by: 'alpha', 'by order of': 'pacemaker-controld.12@alpha', result: 'OK'},
	});
	t.match(fencing('Operation off of bravo by the cluster for a client@bravo: Timed Out (Fence agent did not complete) (ref=1)', '1'), {
		what: 'fencing of bravo FAILED',
		origin: undefined,
		facts: {by: 'the cluster', result: 'Timed Out (Fence agent did not complete)'},
	});
	t.match(fencing('Operation reboot in words of a later Pacemaker'), {what: 'bravo was fenced', origin: undefined});
	t.equal(fencing('Operation on of bravo by alpha for a@alpha: OK (ref=1)'), undefined, 'unfencing');
	t.equal(fencing('A fencing device (x) was added'), undefined);
});

t.test('nothing in a message is a header, a command or endless', async t => {
	const evil = `a\r\nBcc: x@y\u0000\u202e\u2028\ud800 ${'z'.repeat(9000)}`;
	const event = read({
		...SPLIT,
		CRM_alert_node: evil,
		CRM_alert_attribute_name: 'twinpool-split-brain-$(reboot)',
		CRM_alert_attribute_value: evil,
	});
	t.ok(event);
	if (event) {
		const {subject, text} = messageOf(event, 'prod', 0);
		t.notMatch(subject + text.replace(/\n/gu, ''), /[\p{Cc}\p{Cf}\p{Zl}]/u);
		t.notMatch(text, /^Bcc/mu);
		t.ok(text.length < 2500 && subject.length < 400, `${text.length}`);
		t.match(text, 'drbdadm connect RESOURCE', 'no command is made of a name that is none');
		t.match(event.attribute, /^split-brain-[0-9a-f]{16}$/u);
	}
});

t.test('told once, and never not at all', async t => {
	const at = (node: string, value: string): Event => read({...SPLIT, CRM_alert_node: node, CRM_alert_attribute_value: value}) as Event;
	const start = 1_000_000_000;
	t.equal(judge(at('alpha', 'V'), NOTHING, start), 'news');
	const one = after(at('alpha', 'V'), NOTHING, 'news', start);
	t.equal(judge(at('alpha', 'V'), one, start + 1e9), 'repeated', 'however late');
	t.equal(judge(at('bravo', 'W'), one, start + 5000), 'same', 'the other side of it');
	t.equal(judge(at('bravo', 'W'), one, start + 121_000), 'news', 'found much later: another one');
	t.equal(judge(at('alpha', 'V2'), one, start - 1), 'news', 'a clock that was set back says nothing');
	t.equal(judge(at('__proto__', 'V'), one, start + 1e9), 'news');
	const both = after(at('bravo', 'W'), one, 'same', start + 5000);
	t.equal(judge(at('bravo', 'W'), both, start + 1e9), 'repeated');
	const over = after(at('alpha', ''), both, 'over', start + 6000);
	t.equal(judge(at('alpha', 'V2'), over, start + 7000), 'news', 'healed, and new');
	t.equal(judge(at('bravo', 'W'), over, start + 7000), 'repeated');
	const next = after(at('alpha', 'V2'), after(at('charlie', ''), over, 'over', start), 'news', start + 7000);
	t.equal(after(at('charlie', ''), next, 'over', start + 8000), next, 'what was never there does not end anything');
	t.match(after(at('bravo', 'X'), NOTHING, 'elsewhere', start), {told: 0}, 'told by another node, nobody knows when');
});

t.test('recipients', async t => {
	t.match(targetOf('ops@example.com'), {how: 'mail', to: 'ops@example.com'});
	t.match(targetOf('mail:root'), {how: 'mail', to: 'root'});
	t.match(targetOf('https://hooks.example.com/services/T0/secret'), {how: 'webhook', name: 'https://hooks.example.com/...'});
	t.match(targetOf('/usr/local/bin/tell'), {how: 'script', path: '/usr/local/bin/tell'});
	for (const wrong of [
		'',
		'root',
		'mail:',
		'mail:a@b@c',
		'a@b, c@d',
		'a@b\nBcc: c@d',
		'mail:-oQ/tmp',
		'ftp://x',
		'http://',
		'bin/tell',
		'/x\0',
		`/${'x'.repeat(3000)}`,
	]) {
		t.match(
			targetOf(wrong),
			/recipient.*expected mail:ADDRESS, https:\/\/HOST\/PATH, or the absolute path of a script/u,
			JSON.stringify(wrong.slice(0, 20)),
		);
	}
	t.ok(isAddress('a.b+c@x-y.example.com'));
	t.notOk(isAddress('a@b\n'));
	t.notOk(isAddress('-f@b'));
});
