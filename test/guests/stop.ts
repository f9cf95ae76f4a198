import {existsSync, readFileSync, rmSync} from 'node:fs';
import t from 'tap';
import {type Libvirt, libvirt, uuid} from '../fake/libvirtd.ts';

async function running(here: Libvirt, count: number): Promise<void> {
	for (let number = 1; number <= count; number += 1) {
		here.guest(number, `guest${number}`, `/tank/vm/${number}.img`);
	}
	await here.act('start');
}
const verbs = (here: Libvirt): string[] => here.calls().flatMap(call => /^virsh (?:shutdown|destroy)/u.exec(call) ?? []);
const lives = (pid: string): boolean => existsSync(`/proc/${pid}/stat`) && /\) [^ZX]/u.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
const pidOf = (here: Libvirt, number: number): string => readFileSync(`${here.root}/guests/${uuid(number)}/pid`, 'utf8').trim();

t.test('asks all, waits, and destroys who does not hear', async t => {
	const here = libvirt(t);
	await running(here, 3);
	here.put(`/deaf/${uuid(2)}`, '');
	const {code, ms, stderr} = await here.act('stop', {OCF_RESKEY_stop_timeout: '2'});
	t.equal(code, 0, stderr);
	t.ok(ms > 2000 && ms < 9000, `it waited: ${ms} ms`);
	t.same(verbs(here), ['virsh shutdown', 'virsh shutdown', 'virsh shutdown', 'virsh destroy'], 'asked once each');
});

t.test('a long stop_timeout leaves time to destroy', async t => {
	const here = libvirt(t);
	await running(here, 1);
	here.put(`/deaf/${uuid(1)}`, '');
	const {code, ms} = await here.act('stop', {OCF_RESKEY_stop_timeout: '600', OCF_RESKEY_CRM_meta_timeout: '8000'});
	t.equal(code, 0);
	t.ok(ms < 7200, `${ms} ms`);
});

t.test('who cannot hear is not asked: paused and crashed guests are destroyed at once', async t => {
	const here = libvirt(t);
	await running(here, 2);
	here.put(`/guests/${uuid(1)}/state`, '3 1');
	here.put(`/guests/${uuid(2)}/state`, '6 1');
	const {code, ms} = await here.act('stop');
	t.equal(code, 0);
	t.ok(ms < 5000, `${ms} ms`);
	t.same(verbs(here), ['virsh destroy', 'virsh destroy']);
});

t.test('the mount is gone: its guests are stopped all the same', async t => {
	const here = libvirt(t);
	await running(here, 1);
	here.guest(5, 'by hand', '/tank/vm/hand.img', {on: true});
	here.guest(6, 'elsewhere', '/var/x.img', {on: true});
	here.put('/proc/self/mountinfo', '38 1 8:1 / / rw - ext4 /dev/sda1 rw\n');
	t.match(await here.act('monitor'), {code: 0}, 'the guests are what is monitored');
	const {code, stderr} = await here.act('stop');
	t.equal(code, 0, stderr);
	t.same([here.state(1), here.state(5), here.state(6)], ['5 1', '5 1', '1 1']);
});

t.test('a node that never started it says so of what runs there', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img', {on: true});
	here.guest(2, 'db', '/tank/vm/db.img');
	const probe = {OCF_RESKEY_CRM_meta_interval: '0'};
	t.equal((await here.act('monitor', probe)).code, 0, 'guests that were started before the cluster');
	t.notOk(existsSync(`${here.root}/run/twinpool`), 'and the probe leaves nothing behind');
	here.put('/proc/self/mountinfo', '38 1 8:1 / / rw - ext4 /dev/sda1 rw\n');
	t.match(await here.act('monitor', probe), {code: 1, reason: [/^the storage is not mounted here, and these guests use it: web/u]});
	here.put(`/guests/${uuid(1)}/state`, '5 2');
	process.kill(Number(pidOf(here, 1)), 'SIGKILL');
	t.equal((await here.act('monitor', probe)).code, 7);
});

t.test('without libvirtd: monitor goes by the processes, stop ends them', async t => {
	const here = libvirt(t);
	await running(here, 2);
	here.guest(6, 'elsewhere', '/var/x.img', {on: true});
	const pids = [1, 2, 6].map(number => pidOf(here, number));
	here.put('/no-daemon', '');
	t.match(await here.act('monitor'), {code: 0, stderr: /libvirt does not answer .* every guest has its process/u});
	process.kill(Number(pids[0]), 'SIGKILL');
	t.match(await here.act('monitor'), {code: 1, reason: ['libvirt does not answer, and these have no process: guest1']});
	const {code, stderr} = await here.act('stop', {OCF_RESKEY_stop_timeout: '1'});
	t.equal(code, 0, stderr);
	t.same(pids.map(lives), [false, false, true]);
	t.match(await here.act('monitor', {OCF_RESKEY_CRM_meta_interval: '0'}), {code: 7});
	t.match(await here.act('start', {OCF_RESKEY_CRM_meta_timeout: '4000'}), {
		code: 1,
		reason: [/^libvirt at qemu:\/\/\/system does not answer/u],
	});
});

t.test('a libvirtd that is only being restarted still asks them', async t => {
	const here = libvirt(t);
	await running(here, 1);
	here.put('/no-daemon', '');
	setTimeout(() => rmSync(`${here.root}/no-daemon`), 2000);
	const {code, stderr} = await here.act('stop', {OCF_RESKEY_stop_timeout: '10'});
	t.equal(code, 0, stderr);
	t.same(verbs(here), ['virsh shutdown']);
	t.equal(here.state(1), '5 1', 'it went by itself');
});

t.test('shut off with a process that stays is no stop', async t => {
	const here = libvirt(t);
	await running(here, 1);
	const pid = 4_194_402;
	const stat = `${pid} (qemu-system-x86) D 1 ${Array.from({length: 17}, () => '0').join(' ')} 77 0`;
	here.put(`/proc/${pid}/comm`, 'qemu-system-x86\n');
	here.put(`/proc/${pid}/cmdline`, ['qemu-system-x86_64', '-uuid', uuid(1), ''].join('\0'));
	here.put(`/proc/${pid}/stat`, stat);
	here.put(`/proc/${pid}/task/${pid}/stat`, stat);
	const {code, reason, ms} = await here.act('stop', {OCF_RESKEY_stop_timeout: '1', OCF_RESKEY_CRM_meta_timeout: '6000'});
	t.equal(code, 1);
	t.match(reason[0], /^still active: guest1, in the kernel \(state D\): guest1/u);
	t.ok(ms < 6000, `${ms} ms`);
});
