// fence_libvirt and what is between it and the hypervisor: names, logins, many at once, and the end of it by force.
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import t from 'tap';
import {bundled, captured, hypervisor} from '../fake/libvirt.ts';

const program = bundled(t.testdir());
const SSH = 'uri=qemu+ssh://root@host/system\n';
t.setTimeout(120_000);

t.test('an unreachable hypervisor, a wrong name, a refused login and a key that is not known are different sentences', async t => {
	for (const [name, says] of [
		['ssh-connection-refused', /hypervisor host cannot be reached: .*Connection refused/u],
		['ssh-unknown-host', /hypervisor host cannot be reached: .*Could not resolve hostname/u],
		['ssh-refused-login', /hypervisor host refused the login: .*Permission denied \(publickey\)/u],
		['ssh-unknown-host-key', /hypervisor host is not known to be itself/u],
		['ssh-changed-host-key', /hypervisor host is not known to be itself/u],
		['ssh-no-virsh', /hypervisor host cannot be asked, virsh is not installed there/u],
	] as const) {
		const host = hypervisor(t, program);
		host.ssh(name);
		for (const action of name === 'ssh-refused-login' ? ['off', 'status', 'on', 'reboot', 'monitor', 'list', 'list-status'] : ['off']) {
			const ended = await host.fence(`action=${action}\nplug=node1\nmissing_as_off=1\n${SSH}`);
			t.match(ended, {code: 1, stdout: '', stderr: says}, `${name}, ${action}`);
			t.equal(ended.stderr.split('\n').length, 2, 'one line');
		}
	}
	for (const [name, uri, says] of [
		['tls-connection-refused', 'qemu+tls://host/system', /hypervisor host cannot be reached: .*Connection refused/u],
		['tls-unknown-host', 'qemu+tls://host/system', /hypervisor host cannot be reached: .*Name or service not known/u],
		['tls-refused-login', 'qemu+tls://host/system', /hypervisor host refused the login/u],
		['tls-wrong-server', 'qemu+tls://host/system', /hypervisor host is not known to be itself/u],
		['local-refused-login', '', /hypervisor of this host refused the login: .*Permission denied/u],
		['local-no-libvirtd', '', /hypervisor of this host cannot be reached: .*No such file/u],
	] as const) {
		const host = hypervisor(t, program);
		host.virsh('before', name);
		t.match(await host.fence(`action=off\nplug=node1\nmissing_as_off=1\nuri=${uri}\n`), {code: 1, stdout: '', stderr: says}, name);
	}
	const host = hypervisor(t, program);
	host.virsh('state', 'tls-status');
	t.match(await host.fence('action=status\nplug=node1\nuri=qemu+tls://host/system\n'), {code: 2}, 'over TLS there is only its word');
});

t.test('a guest that is not there is off only when that was asked for', async t => {
	const host = hypervisor(t, program);
	for (const mark of ['before', 'destroy', 'start']) {
		host.virsh(mark, `${mark}-missing`);
	}
	host.virsh('state', 'states-missing');
	host.virsh('list', 'list');
	for (const [action, code] of Object.entries({off: 0, reboot: 0, status: 2})) {
		t.match(
			await host.fence(`action=${action}\nplug=nope\n`),
			{code: 1, stdout: '', stderr: /has no guest with the name or UUID "nope"/u},
			action,
		);
		t.match(await host.fence(`action=${action}\nplug=nope\nmissing_as_off=1\n`), {code, stdout: /counts as off/u}, action);
	}
	host.virsh('list', captured('local-no-libvirtd'));
	t.match(
		await host.fence('action=off\nplug=nope\nmissing_as_off=1\n'),
		{code: 1, stderr: /cannot be reached/u},
		'without the list nobody knows',
	);
});

t.test('a name is that name: never an ID, an option, a part of a command or of a shell line', async t => {
	const host = hypervisor(t, program);
	host.virsh('state', 'states-shut-off');
	host.virsh('list', 'list');
	const target = async (plug: string, more = ''): Promise<string | undefined> => {
		const {log} = await host.fence(`action=status\nplug="${plug}"\n${more}`);
		return /domstate --reason --domain=(.*?); echo @/u.exec(log.findLast(line => line.startsWith('virsh')) ?? '')?.[1];
	};
	for (const more of ['', SSH]) {
		t.equal(await target('7', more), "'00000000-0000-4000-8000-000000000005'", 'the guest that is called 7');
		t.equal(await target('+1', more), "'00000000-0000-4000-8000-000000000012'");
		t.equal(await target('12345678-1234-1234-1234-123456789abc', more), "'00000000-0000-4000-8000-000000000011'");
		t.equal(await target('00000000-0000-4000-8000-000000000001', more), "'00000000-0000-4000-8000-000000000001'", 'a UUID');
		t.equal(await target('-x', more), "'-x'");
		t.equal(await target('two words', more), "'two words'");
		t.equal(await target('a;b $(id) `id`', more), "'a;b $(id) `id`'");
		t.equal(await target(`it's "q"`, more), `'it'\\''s "q"'`);
		t.equal(await target('a,b', more), "'a,b'", 'one guest, whatever is in its name');
		t.equal(await target('back\\slash', more), "'back\\slash'");
	}
	t.match(await host.fence('action=off\nplug=1\n'), {code: 1, stderr: /has no guest/u}, 'no guest is called 1, whoever has the ID');
	t.match(await host.fence('action=off\nplug=../etc\n'), {code: 1, stderr: /expected the name or UUID/u});
});

t.test('an ssh that does not know the quick key exchange is asked again without', async t => {
	const host = hypervisor(t, program);
	host.ssh('ssh-bad-kex', '.quick');
	host.virsh('state', 'states-running');
	const {code, log} = await host.fence(`action=status\nplug=node1\nssh_options=-o "ProxyJump a" -v\n${SSH}`);
	t.equal(code, 0);
	t.same(
		log.map(line => /^\w+/u.exec(line)?.[0]),
		['ssh', 'ssh', 'virsh'],
	);
	t.match(log[1], /StrictHostKeyChecking yes .*-o ProxyJump a -v -l root -- host$/u);
});

t.test('metadata, validate-all, help: without libvirt', async t => {
	const env = {PATH: '/nonexistent'};
	const run = (input: string, ...argv: string[]) => spawnSync(process.execPath, [program, ...argv], {encoding: 'utf8', input, env});
	for (const ended of [run('action=metadata\n'), run('', '-o', 'metadata'), run('', '--action=meta-data')]) {
		t.match(ended, {status: 0, stdout: readFileSync('test/golden/fence_libvirt.xml', 'utf8'), stderr: ''});
	}
	t.match(run('action=validate-all\nplug=n\n'), {status: 0, stdout: '', stderr: ''});
	t.match(run('action=validate-all\nuri=http\n'), {status: 1, stderr: /parameter uri/u});
	t.match(run('action=validate-all\npassword=hunter2\n'), {status: 0, stderr: /a password is never used/u});
	t.match(run('', '-h'), {status: 0, stdout: /^usage: fence_libvirt .*--missing-as-off/su});
	t.match(run('', '-V'), {status: 0, stdout: /^fence_libvirt \d/u});
	t.match(run('action=explode\n'), {status: 1, stderr: /unrecognised action "explode"/u});
	t.match(run('action=off\nplug=\n'), {status: 1, stderr: /parameter plug is required for off/u});
	t.match(run(''), {status: 1, stderr: /parameter plug is required for reboot/u});
	t.match(run('action=off\nplug=n\n'), {status: 1, stderr: /is not installed|cannot be/u});
	t.match(run('action=off\nplug=n\nquiet=1\n'), {status: 1, stdout: '', stderr: ''});
});

t.test('lists', async t => {
	const host = hypervisor(t, program);
	host.virsh('list', 'list');
	t.match((await host.fence('action=list\n')).stdout.split('\n'), new Set(['node1,', 'two words,', 'a,b,', '']));
	t.match(await host.fence('action=monitor\n'), {code: 0, stdout: ''});
	host.virsh('list', 'stats');
	const {stdout} = await host.fence('action=list-status\nseparator=:\n');
	t.match(stdout, /^node1::off$/mu);
	t.match(stdout, /^crasher::on$/mu);
	t.match(stdout, /^sleeper::on$/mu);
});

t.test('two hundred at once, each its own answer', async t => {
	const host = hypervisor(t, program);
	host.virsh('state', 'states-running');
	const names = Array.from({length: 200}, (_, index) => `node-${index}`);
	const all = await Promise.all(names.map(name => host.fence(`action=status\nplug=${name}\n`)));
	t.same(
		all.filter(({code, stdout, stderr}, index) => !(code === 0 && stderr === '' && stdout.includes(`(node-${index} is running`))),
		[],
	);
});

t.test('cut short by SIGKILL, it leaves nothing that runs, and nothing in the way of the next one', async t => {
	const host = hypervisor(t, program);
	host.virsh('before', 'before-running');
	host.virsh('destroy', 'destroy-running');
	host.first('before', 'sleep 77.5\n');
	const {child} = host.start('action=off\nplug=node1\n');
	const seen = (): string => spawnSync('ps', ['-eo', 'pgid=,stat=,args='], {encoding: 'utf8'}).stdout;
	const group = new RegExp(`^ *${child.pid} +[^Z\\s]\\S* `, 'mu');
	while (!(group.test(seen()) && seen().includes('sleep 77.5'))) {
		await sleep(50);
	}
	// As Pacemaker does at the end of its patience: the whole group.
	process.kill(-(child.pid ?? 0), 'SIGKILL');
	await once(child, 'close');
	await sleep(100);
	t.notMatch(seen(), group);
	host.first('before', '');
	t.match(await host.fence('action=off\nplug=node1\n'), {code: 0});
});

t.test('told to end: says what it waited for, once', async t => {
	const host = hypervisor(t, program);
	host.first('before', 'sleep 60\n');
	const {child, ended} = host.start('action=off\nplug=node1\n');
	await sleep(700);
	child.kill('SIGTERM');
	t.match(await ended, {stderr: /off was told to end while waiting for sh/u});
});

t.test('what was done can be followed, and no value that was not known is in it', async t => {
	const host = hypervisor(t, program);
	host.virsh('state', 'states-running');
	const ended = await host.fence(`action=status\nplug=node1\npasswd=hunter2\ncolour=hunter2\nverbose=1\ndebug_file=${host.root}/debug\n`);
	t.match(ended.stderr, /"argv":\["virsh","-c","qemu:\/\/\/system"/u);
	t.match(readFileSync(`${host.root}/debug`, 'utf8'), /running \(booted\)/u);
	t.notMatch(`${ended.stderr}${readFileSync(`${host.root}/debug`, 'utf8')}${ended.log}`, /hunter2/u);
});
