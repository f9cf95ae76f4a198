// lib/launch.sh, as the second line of every program runs it: when it answers by itself, and when node has to.
import {readFileSync} from 'node:fs';
import t from 'tap';
import {leave, withdraw} from '../lib/cluster/answer.ts';
import {ATTRD, drbd, host, LINES, NODE, type Said, stat} from './fake/launch.ts';

const MONITOR = {OCF_RESOURCE_INSTANCE: 'vmstore', OCF_RESKEY_drbd_resource: 'vmstore', OCF_RESKEY_CRM_meta_interval: '10000'};
const ANSWER = {code: 8, reason: undefined, resource: 'vmstore', source: 'proc' as const, lines: LINES, seconds: 60};

t.test('a monitor is answered again while the kernel shows the same', async t => {
	const {run, put} = host(t);
	t.match(run('drbd', ['monitor'], MONITOR), {stdout: `${NODE}\n`}, 'nobody left an answer');
	leave('vmstore', ANSWER, '777.4711');
	t.match(run('drbd', ['monitor'], MONITOR), {status: 8, stdout: '', stderr: ''});
	leave('vmstore', {...ANSWER, code: 0, reason: 'vmstore: peer\'s disk is "Outdated" \\n $(reboot)'}, undefined);
	t.match(run('drbd', ['monitor'], MONITOR), {
		status: 0,
		stdout: '',
		stderr: 'ocf-exit-reason:vmstore: peer\'s disk is "Outdated" \\n $(reboot)\n',
	});
	put('proc/drbd', drbd(LINES).replaceAll('ns:4', 'ns:5'));
	t.equal(run('drbd', ['monitor'], MONITOR).status, 0, 'counters are no state');
	withdraw('vmstore');
	t.match(run('drbd', ['monitor'], MONITOR), {stdout: `${NODE}\n`}, 'withdrawn');
});

t.test('whatever is different is for the program', async t => {
	const {run, put} = host(t);
	const asked = (why: string, env = {}): void => {
		t.match(run('drbd', ['monitor'], {...MONITOR, ...env}), {stdout: `${NODE}\n`}, why);
		put('proc/drbd', drbd(LINES));
		put('proc/uptime', '100.53 3.2\n');
		put(ATTRD, stat(4711));
		leave('vmstore', ANSWER, '777.4711');
	};
	leave('vmstore', ANSWER, '777.4711');
	for (const lines of [
		[LINES[0]?.replace('Secondary', 'Unknown') ?? '', LINES[1] ?? ''],
		LINES.slice(0, 1),
		LINES.slice(1),
		[`${LINES[0]} `, `${LINES[1]} `],
	]) {
		put('proc/drbd', drbd(lines));
		asked(`the kernel shows ${lines.join(' |')}`);
	}
	put('proc/drbd', '');
	asked('the module is gone');
	put('proc/uptime', '160.0 1.0\n');
	asked('too old');
	put(ATTRD, stat(4712));
	asked('another attribute daemon');
	put(ATTRD, '');
	asked('no attribute daemon');
	asked('a probe', {OCF_RESKEY_CRM_meta_interval: '0'});
	asked('no interval', {OCF_RESKEY_CRM_meta_interval: ''});
	asked('another resource', {OCF_RESKEY_drbd_resource: 'other'});
	for (const instance of ['', '../vmstore', 'vm store', 'vmstore/', '.', '$(id)']) {
		asked(`instance "${instance}"`, {OCF_RESOURCE_INSTANCE: instance});
	}
	for (const text of [
		'',
		'160 8 0 0 proc vmstore\n',
		'160 8 0 0 proc vmstore\n\n',
		`160 8 0 0 proc vmstore\n\n${LINES[0]}`,
		'garbage\n\n\n',
	]) {
		put('run/twinpool/answer-vmstore', text);
		asked(`an answer file of ${JSON.stringify(text)}`);
	}
	t.match(run('drbd', ['start'], MONITOR), {stdout: `${NODE}\n`}, 'another action');
});

t.test('on DRBD 9 the kernel is asked, and must say the very same', async t => {
	const {run, put} = host(t);
	const text = readFileSync('test/fixture/drbd-9.2.8/alice/04-primary-uptodate/events2-now.txt', 'utf8');
	const lines = text.trimEnd().split('\n');
	const asks = (said: string): Said => {
		put('said', said);
		put('bin/drbdsetup', `#!/bin/sh\n[ "$*" = "events2 --now vmstore" ] && cat "$TWINPOOL_ROOT/said"\n`);
		return run('drbd', ['monitor'], {...MONITOR, PATH: `${process.env['TWINPOOL_ROOT']}/bin:/bin:/usr/bin`});
	};
	leave('vmstore', {...ANSWER, source: 'events2', lines}, undefined);
	t.match(asks(text), {status: 8, stdout: ''});
	for (const [why, said] of [
		['nothing', ''],
		['less', text.replace(`${lines.at(-1)}\n`, '')],
		['more', `${text}${lines.at(-1)}\n`],
		['another word', text.replace('UpToDate', 'Outdated')],
		['another order', `${lines.toReversed().join('\n')}\n`],
	] as const) {
		t.match(asks(said), {stdout: `${NODE}\n`}, why);
	}
	t.match(run('drbd', ['monitor'], {...MONITOR, PATH: '/nonexistent'}), {stdout: `${NODE}\n`}, 'no drbdsetup');
});

t.test('no answer is left that could not be read back', async t => {
	const {run} = host(t);
	for (const [why, instance, answer] of [
		['two lines in the reason', 'vmstore', {...ANSWER, reason: 'a\nb'}],
		['nothing to compare with', 'vmstore', {...ANSWER, lines: []}],
		['a name with a blank', 'vmstore', {...ANSWER, resource: 'vm store'}],
		['an instance that is no file name', '../vmstore', ANSWER],
	] as const) {
		leave('vmstore', ANSWER, undefined);
		leave(instance, answer, undefined);
		const {stdout} = run('drbd', ['monitor'], MONITOR);
		t.equal(stdout, instance === 'vmstore' ? `${NODE}\n` : '', why);
	}
});

t.test('a pool that is ONLINE needs no program', async t => {
	const {run, put} = host(t);
	const state = 'proc/spl/kstat/zfs/tank/state';
	const monitor = (pool: string): Said => run('zpool', ['monitor'], {OCF_RESKEY_pool: pool});
	put(state, 'ONLINE\n');
	t.match(monitor('tank'), {status: 0, stdout: '', stderr: ''});
	for (const pool of ['', 'other', '../zfs/tank', 'tank/', '.', 'ta nk']) {
		t.match(monitor(pool), {stdout: `${NODE}\n`}, `pool "${pool}"`);
	}
	for (const word of ['DEGRADED', 'SUSPENDED', 'ONLINE2', '']) {
		put(state, `${word}\n`);
		t.match(monitor('tank'), {stdout: `${NODE}\n`}, word);
	}
	t.match(run('zpool', ['stop'], {OCF_RESKEY_pool: 'tank'}), {stdout: `${NODE}\n`}, 'another action');
});

t.test('the metadata is a file', async t => {
	const {run} = host(t);
	t.match(run('drbd', ['meta-data'], {PATH: '/bin:/usr/bin'}), {status: 0, stdout: readFileSync('test/golden/drbd.xml', 'utf8')});
	t.match(run('zpool', ['meta-data'], {PATH: '/bin:/usr/bin'}), {stdout: `${NODE}\n`}, 'or the program');
});
