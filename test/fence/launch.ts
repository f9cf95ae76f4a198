// What the launcher answers for DRBD's handlers, and that fence-peer survives being killed.
import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import t from 'tap';
import {identity} from '../../lib/fence/lock.ts';
import {host, NODE, type Said} from '../fake/launch.ts';

t.test('fence-peer gives what the promotion has worked out, while that lives', async t => {
	const {run, put} = host(t);
	const file = 'run/twinpool/verdict-vmstore';
	const good = `130 7 ${identity(process.pid)} bravo\n`;
	const env = {DRBD_RESOURCE: 'vmstore', DRBD_PEER: 'bravo', DRBD_PEERS: 'bravo'};
	put(file, good);
	t.match(run('twinpool-fence-peer', [], env), {status: 7, stdout: ''});
	t.equal(readFileSync(join(process.env['TWINPOOL_ROOT'] ?? '', `${file}.taken`), 'utf8'), '', 'and says that it did');
	t.match(run('twinpool-fence-peer', [], {DRBD_RESOURCE: 'vmstore', DRBD_PEER: 'bravo'}), {status: 7}, 'an old drbdadm');
	const asked = (why: string, program = 'twinpool-fence-peer', argv: string[] = [], more = {}): void => {
		t.match(run(program, argv, {...env, ...more}), {stdout: `${NODE}\n`}, why);
		put(file, good);
	};
	asked('another event', 'twinpool-unfence-peer');
	asked('with options', 'twinpool-fence-peer', ['--timeout', '5']);
	asked('another peer', 'twinpool-fence-peer', [], {DRBD_PEERS: 'charlie'});
	asked('two peers', 'twinpool-fence-peer', [], {DRBD_PEERS: 'bravo charlie'});
	asked('DRBD 9', 'twinpool-fence-peer', [], {DRBD_MY_NODE_ID: '0'});
	asked('another resource', 'twinpool-fence-peer', [], {DRBD_RESOURCE: 'other'});
	asked('a name that is a path', 'twinpool-fence-peer', [], {DRBD_RESOURCE: './vmstore'});
	put(file, `100 7 ${identity(process.pid)} bravo\n`);
	asked('too old');
	put(file, `130 7 ${process.pid} 1 bravo\n`);
	asked('the number is another process by now');
	put(file, '130 7 999999999 1 bravo\n');
	asked('the promotion is gone');
	put(file, '130 7 ');
	asked('half a file');
});

t.test('a disk that fails is noted at once, without node', async t => {
	const {run, put} = host(t);
	const env = {DRBD_RESOURCE: 'vmstore', DRBD_MINOR: '0', DRBD_LL_DISK: '/dev/vdc'};
	const text = (path: string): string => readFileSync(join(process.env['TWINPOOL_ROOT'] ?? '', path), 'utf8');
	const io = (more = {}, argv: string[] = []): Said => run('twinpool-local-io-error', argv, {...env, ...more});
	t.match(io(), {stdout: `${NODE}\n`}, 'no place for a note');
	put('run/twinpool/other', '');
	put('dev/kmsg', '');
	t.match(io(), {status: 0, stdout: '', stderr: ''});
	t.equal(text('run/twinpool/alarm-io-error-vmstore'), 'new\nI/O error on /dev/vdc\n');
	t.equal(statSync(join(process.env['TWINPOOL_ROOT'] ?? '', 'run/twinpool/alarm-io-error-vmstore')).mode & 0o777, 0o600);
	const [, line = ''] = /^<11>twinpool-local-io-error: (.*)\n$/u.exec(text('dev/kmsg')) ?? [];
	t.same(JSON.parse(line), {event: 'local-io-error', by: 'launch', resource: 'vmstore', code: 0, why: 'I/O error on /dev/vdc'});
	put('run/twinpool/alarm-io-error-vmstore', 'told\nbefore\n');
	t.match(io({DRBD_LL_DISK: '/dev/vdc /dev/vdb', DRBD_BACKING_DEV: '/dev/vdb'}), {status: 0, stdout: ''}, 'DRBD 9');
	t.equal(text('run/twinpool/alarm-io-error-vmstore'), 'told\nbefore\n', 'one that stands is left as it is');
	t.match(text('dev/kmsg'), /I\/O error on \/dev\/vdb/u);
	for (const more of [
		{DRBD_RESOURCE: '../x'},
		{DRBD_RESOURCE: 'a"b'},
		{DRBD_LL_DISK: '/dev/"vdc'},
		{DRBD_LL_DISK: ''},
		{DRBD_LL_DISK: '/dev/vdc /dev/vdb'},
	]) {
		t.match(io(more), {stdout: `${NODE}\n`}, JSON.stringify(more));
	}
	t.match(io({}, ['--dry-run']), {stdout: `${NODE}\n`}, 'with options');
});

t.test('fence-peer is begun anew when it is killed, as the kernel does not ask again', async t => {
	const {run, put} = host(t);
	const begun = (): string => readFileSync(join(process.env['TWINPOOL_ROOT'] ?? '', 'begun'), 'utf8');
	/** Is killed as often as it is told to, then ends with 4. */
	const mortal = (times: number): void => {
		put('begun', '');
		const [folder, count] = [process.env['TWINPOOL_ROOT'], '.'.repeat(times)];
		put('node', `#!/bin/sh\nread -r all <${folder}/begun\nprintf %s . >>${folder}/begun\n[ "$all" = "${count}" ] && exit 4\nkill -9 $$\n`);
	};
	for (const [times, more] of [
		[0, 'and only then'],
		[1, 'once'],
		[2, 'twice'],
	] as const) {
		mortal(times);
		t.match(run('twinpool-fence-peer', [], {DRBD_RESOURCE: 'vmstore'}), {status: 4}, more);
		t.equal(begun().length, times + 1, more);
	}
	mortal(9);
	t.equal(run('twinpool-fence-peer', []).status, null, 'not for ever');
	t.equal(begun().length, 3);
	mortal(9);
	t.equal(run('twinpool-unfence-peer', []).status, null, 'another event is not');
	t.equal(begun().length, 1);
});
