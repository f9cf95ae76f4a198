// fence_libvirt as a cluster manager runs it, against what the real virsh, ssh and ps printed.
import {existsSync} from 'node:fs';
import t from 'tap';
import {bundled, captured, hypervisor} from '../fake/libvirt.ts';

const program = bundled(t.testdir());
const SSH = 'uri=qemu+ssh://root@host/system\n';
const QUICK = 'power_timeout=1\nlogin_timeout=15\nstonith_status_sleep=0\n';
const ACTIVE = ['running', 'paused', 'crashed', 'pmsuspended', 'in-shutdown'];
const running = captured('ps-running').stdout;
const stuck = captured('ps-stuck').stdout;
const text = (stdout: string, stderr = '') => ({stdout, stderr, exit: 0});
t.setTimeout(120_000);

t.test('status: 0 while there is a process, 2 when it is shut off, 1 when nobody can tell', async t => {
	const host = hypervisor(t, program);
	host.ps('1 Ss /sbin/init\n');
	for (const state of ACTIVE) {
		host.virsh('state', `states-${state}`);
		t.match(await host.fence('action=status\nport=node1\n'), {code: 0, stdout: /^Status: ON \(node1 is /u, stderr: ''}, state);
	}
	host.virsh('state', 'states-shut-off');
	t.match(await host.fence('action=status\nport=node1\n'), {code: 2, stdout: 'Status: OFF (node1 is shut off (destroyed))\n', stderr: ''});
	for (const word of ['no state', 'hibernated', 'Shut Off', 'shut', 'ausgeschaltet', 'shut off (migrated)']) {
		host.virsh('state', text(`@state:\n${word}\n\n@uuid:\n\n@end:\n`));
		t.match(await host.fence('action=status\nport=node1\n'), {code: 1, stdout: ''}, word);
	}
});

t.test('off: seen to go, in one login', async t => {
	const host = hypervisor(t, program);
	host.virsh('before', 'before-running');
	host.virsh('destroy', 'destroy-running');
	host.first('destroy', 'sleep 2; echo >"$D/finished"\n');
	host.ps(running, 1);
	host.ps(running, 2);
	host.ps('1 Ss /sbin/init\n');
	const {code, stdout, log} = await host.fence(`action=off\nplug=node1\n${SSH}`);
	t.match({code, stdout}, {code: 0, stdout: 'Success: node1 is off: its process is gone\n'});
	t.equal(log.filter(line => line.startsWith('ssh')).length, 1);
	t.match(log[0], /-o BatchMode yes -o StrictHostKeyChecking yes .*-l root -- host$/u);
	t.notOk(existsSync(`${host.root}/finished`), 'virsh on the other side is not waited for');
	const here = hypervisor(t, program);
	here.virsh('before', 'before-running');
	here.virsh('destroy', 'destroy-running');
	here.first('destroy', 'sleep 1; echo >"$D/finished"\n');
	here.ps(running, 1);
	here.ps('1 Ss /sbin/init\n');
	t.match(await here.fence('action=off\nplug=node1\n'), {code: 0, stdout: /its process is gone/u});
	t.ok(existsSync(`${here.root}/finished`), 'on this host nothing is left running');
});

t.test('off: whatever state it is in, and where no process can be seen libvirt has the word', async t => {
	for (const state of [...ACTIVE, 'shut-off']) {
		const host = hypervisor(t, program);
		host.virsh('before', `before-${state}`);
		host.virsh('destroy', state === 'in-shutdown' ? 'destroy-running' : `destroy-${state}`);
		t.match(await host.fence('action=off\nplug=node1\n'), {code: 0, stdout: 'Success: node1 is shut off (destroyed)\n', stderr: ''}, state);
	}
});

t.test('off: what is not exactly "shut off" is not off, until the time is up', async t => {
	for (const [word, says] of [
		['in shutdown (unknown)', /is not off but in shutdown/u],
		['crashed (panicked)', /is not off but crashed \(panicked\)/u],
		['paused (user)', /is not off but paused/u],
		['shut off (migrated)', /left this hypervisor by another hand/u],
		['gone fishing', /is not off but gone fishing/u],
	] as const) {
		const host = hypervisor(t, program);
		host.virsh('before', 'before-running');
		host.virsh('destroy', text(`@destroy:\nDomain 'node1' destroyed\n\n@after:\n${word}\n\n@end:\n`));
		t.match(await host.fence(`action=off\nplug=node1\n${QUICK}`), {code: 1, stdout: '', stderr: says}, word);
	}
});

t.test('a guest stuck in the kernel is not off, whatever libvirt says, and status knows it', async t => {
	const host = hypervisor(t, program);
	host.virsh('before', 'before-running');
	host.virsh('state', 'states-shut-off');
	host.virsh('destroy', 'destroy-running');
	host.ps(stuck);
	const says = /its process \d+ is still stuck in the kernel \(state D\)/u;
	t.match(await host.fence(`action=off\nplug=node1\n${QUICK}`), {code: 1, stdout: '', stderr: says});
	t.match(await host.fence(`action=status\nplug=node1\n${SSH}`), {code: 1, stdout: '', stderr: says});
	host.first('destroy', 'exec sleep 60\n');
	t.match(await host.fence('action=off\nplug=node1\npower_timeout=3\nlogin_timeout=3\n'), {code: 1, stderr: says}, 'while virsh hangs');
});

t.test('a ps that fails halfway is not a process that went', async t => {
	const host = hypervisor(t, program);
	host.virsh('before', 'before-running');
	host.virsh('destroy', text('@destroy:\n\n@after:\nrunning (booted)\n\n@end:\n', 'error: Failed to destroy domain\n'));
	host.ps(running, 1);
	t.match(await host.fence(`action=off\nplug=node1\n${QUICK}`), {code: 1, stderr: /is not off but running/u});
});

t.test('a main thread that is gone leaves the others in the kernel', async t => {
	const host = hypervisor(t, program);
	host.virsh('before', 'before-running');
	host.virsh('destroy', 'destroy-running');
	const [pid] = stuck.trim().split(' ');
	host.ps(`${pid} Zl   [qemu-system-x86] <defunct>\n${stuck.split('\n').at(-2)}\n`);
	t.match(await host.fence(`action=off\nplug=node1\n${QUICK}`), {code: 1, stderr: /stuck in the kernel/u});
});

t.test('a transient guest is off when it is gone by our hand', async t => {
	const host = hypervisor(t, program);
	host.virsh('before', 'before-transient');
	host.virsh('destroy', 'destroy-transient');
	host.virsh('list', 'list');
	t.match(await host.fence('action=off\nplug=fleeting\n'), {code: 0, stdout: /fleeting is gone \(destroyed\)/u});
	t.match(await host.fence('action=reboot\nplug=fleeting\n'), {code: 0, stderr: /was not started again/u}, 'fenced is what counts');
	host.virsh('destroy', text('@destroy:\n\n@after:\n\n@end:\n', 'error: Requested operation is not valid: domain is not running\n'));
	t.match(await host.fence(`action=off\nplug=fleeting\n${QUICK}`), {code: 1, stderr: /may be running elsewhere/u}, 'gone, and not by us');
	host.virsh('list', text('@list:\n00000000-0000-4000-8000-000000000050 fleeting\n\n@end:\n'));
	t.match(
		await host.fence(`action=off\nplug=fleeting\n${QUICK}`),
		{code: 1, stderr: /is not proved to be off/u},
		'a lost connection looks the same',
	);
});

t.test('reboot: off, proved, on; and fenced is fenced also when it does not come up', async t => {
	const host = hypervisor(t, program);
	host.virsh('before', 'before-running');
	host.virsh('destroy', 'destroy-running');
	host.virsh('start', 'start');
	const {code, stdout, log} = await host.fence('plug=node1\nmethod=cycle\n');
	t.same({code, stdout}, {code: 0, stdout: 'Success: node1 is shut off (destroyed)\nSuccess: node1 is running (booted)\n'});
	t.same(
		log.map(line => /@(\w+):/u.exec(line)?.[1]),
		['before', 'destroy', 'start'],
	);
	host.virsh('start', 'start-paused');
	host.virsh('after', text('@after:\npaused (user)\n\n@end:\n'));
	t.match(await host.fence(`plug=node1\n${QUICK}`), {
		code: 0,
		stderr: /and fenced; it was not started again: guest "node1" is not running but paused/u,
	});
	host.virsh('destroy', text('@destroy:\n\n@after:\nrunning (booted)\n\n@end:\n'));
	const refused = await host.fence(`plug=node1\n${QUICK}`);
	t.match(refused, {code: 1, stdout: ''});
	t.notMatch(refused.log.at(-1), /start/u, 'nothing is started that was not off');
});

t.test('on', async t => {
	const host = hypervisor(t, program);
	host.virsh('start', 'start');
	t.match(await host.fence('action=on\nplug=node1\n'), {code: 0, stdout: 'Success: node1 is running (booted)\n'});
	host.virsh('start', 'start-running');
	t.match(await host.fence('action=on\nplug=node1\n'), {code: 0});
	host.virsh('start', 'start-crashed');
	host.virsh('after', text('@after:\ncrashed (panicked)\n\n@end:\n'));
	t.match(await host.fence(`action=on\nplug=node1\n${QUICK}`), {
		code: 1,
		stderr: /not running but crashed \(panicked\)/u,
	});
	host.virsh('start', 'start-missing');
	host.virsh('list', 'list');
	t.match(await host.fence('action=on\nplug=nope\nmissing_as_off=1\n'), {code: 1, stderr: /has no guest/u});
});
