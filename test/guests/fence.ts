import {existsSync, readFileSync} from 'node:fs';
import t from 'tap';
import {FENCE, type Libvirt, libvirt, uuid} from '../fake/libvirtd.ts';

/** Time enough on a loaded machine; where it has to run out, a test says so. */
const fence = (here: Libvirt, argv: string[], env: Record<string, string> = {}) => here.program(FENCE, ['fence', ...argv], env);
const SHORT = ['--pool', 'tank', '--timeout', '8'];
const off = (here: Libvirt, ...numbers: number[]): boolean[] => numbers.map(number => here.state(number).startsWith('5'));

t.test('everything that uses the storage goes, in every state, and nobody else', async t => {
	const here = libvirt(t);
	['1 1', '2 1', '3 1', '4 1', '6 1', '7 1', '0 0', '99 1'].forEach((state, index) => {
		here.guest(index + 1, `in state ${state}`, `/tank/vm/${index}.img`, {state});
	});
	here.guest(20, '-c', '/tank/x.img', {on: true});
	here.guest(21, '1', '/tank/x.img', {on: true});
	here.guest(22, `a "b" 'c'  & <d>`, '/tank/x.img', {on: true});
	here.guest(23, 'passing', '/tank/x.img', {on: true, transient: true});
	here.guest(30, 'elsewhere', '/var/x.img', {on: true});
	here.guest(31, 'alike', '/tankard/x.img', {on: true});
	here.guest(32, 'off', '/tank/x.img');
	const {code, stdout, stderr} = await fence(here, ['--pool', 'tank', '--json']);
	t.equal(code, 0, stderr);
	t.same(
		off(here, 1, 2, 3, 4, 5, 6, 7, 8, 20, 21, 22),
		Array.from({length: 11}, () => true),
	);
	t.equal(here.state(23), '', 'the transient one is no more');
	t.same(off(here, 30, 31), [false, false], 'bystanders run');
	const report = JSON.parse(stdout) as {guests: {name: string; was: string; gone: boolean; uses: string[]}[]; proof: string};
	t.equal(report.proof, 'state and process');
	t.equal(report.guests.length, 12);
	t.match(
		report.guests.find(({name}) => name === 'in state 4 1'),
		{was: 'in shutdown', gone: true, uses: ['/tank/vm/3.img']},
	);
	t.equal(here.calls().filter(call => call.startsWith('virsh destroy')).length, 12);
	t.notOk(
		here.calls().some(call => call.includes('passing')),
		'by UUID, never by name',
	);
});

t.test('--all is all', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img', {on: true});
	here.guest(2, 'elsewhere', '/var/x.img', {on: true});
	const {code, stdout} = await fence(here, ['--all']);
	t.equal(code, 0);
	t.match(
		stdout,
		/^gone .* web \(was running\)\ngone .* elsewhere \(was running\)\n2 guests are gone after .* s; proved by state and process$/mu,
	);
	t.same(off(here, 1, 2), [true, true]);
	t.match(await fence(here, ['--all']), {code: 0, stdout: /no guest was active/u});
});

t.test('shut off is not enough: a process that is left is pulled', async t => {
	const here = libvirt(t);
	here.guest(1, 'liar', '/tank/vm/web.img', {on: true});
	here.put(`/lies/${uuid(1)}`, '');
	const pid = readFileSync(`${here.root}/guests/${uuid(1)}/pid`, 'utf8').trim();
	const {code, stderr} = await fence(here, ['--pool', 'tank']);
	t.equal(code, 0, stderr);
	t.match(stderr, `liar: SIGKILL to ${pid}`);
	t.notMatch(existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '', /\) [^ZX]/u);
});

t.test('a guest that starts meanwhile is caught', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img', {on: true});
	here.guest(2, 'late', '/tank/vm/late.img');
	here.put(
		'/before-destroy',
		`[ -f $ROOT/started ] || { : >$ROOT/started; echo 1 1 >$ROOT/guests/${uuid(2)}/state; $ROOT/bin/emulate ${uuid(2)}; }`,
	);
	const {code, stdout} = await fence(here, ['--pool', 'tank']);
	t.equal(code, 0);
	t.match(stdout, /gone .* late \(was running/u);
	t.same(off(here, 1, 2), [true, true]);
});

t.test('one that hangs is killed by us, and one that stays is named: the others do not wait for it', async t => {
	const here = libvirt(t);
	for (const number of [1, 2, 3]) {
		here.guest(number, `guest${number}`, `/tank/${number}.img`, {on: true});
	}
	here.put(`/hang/destroy-${uuid(2)}`, '');
	const {code, stdout, ms, stderr} = await fence(here, ['--pool', 'tank', '--timeout', '20']);
	t.equal(code, 1, 'its process is gone, libvirt still calls it running: not proved');
	t.match(stderr, /guest2: SIGKILL/u);
	t.match(stdout, /^THERE .* guest2 \(was running, \/tank\/2\.img\): virsh gave no answer/mu);
	t.match(stdout, /^gone .* guest1 /mu);
	t.ok(ms < 22_000, `within its deadline: ${ms} ms`);
	t.same(off(here, 1, 2, 3), [true, false, true]);
});

t.test('without libvirtd its records and the processes tell, and the processes are pulled', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img', {on: true});
	here.guest(2, 'elsewhere', '/var/x.img', {on: true});
	here.put('/no-daemon', '');
	const pids = [1, 2].map(number => readFileSync(`${here.root}/guests/${uuid(number)}/pid`, 'utf8').trim());
	const {code, stdout} = await fence(here, ['--pool', 'tank']);
	t.equal(code, 0, stdout);
	const lives = (pid = ''): boolean => existsSync(`/proc/${pid}/stat`) && /\) [^ZX]/u.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
	t.same(pids.map(lives), [false, true]);
	t.match(await fence(here, ['--pool', 'tank', '--uri', 'qemu+ssh://bravo/system']), {
		code: 1,
		stdout: /does not answer, and its processes are on another host/u,
	});
});

t.test('a libvirtd that hangs is given a part of the time', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img', {on: true});
	here.put('/hung', '');
	const {code, ms} = await fence(here, SHORT);
	t.equal(code, 0);
	t.ok(ms < 8000);
});

t.test('a document that libvirt keeps to itself is read from its records', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img', {on: true});
	here.guest(2, 'elsewhere', '/var/x.img', {on: true});
	here.put(`/hang/dumpxml-${uuid(1)}`, '');
	const {code, stdout} = await fence(here, SHORT);
	t.equal(code, 0, stdout);
	t.same(off(here, 1, 2), [true, false]);
});

t.test('a process that is stuck in the kernel is named so', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img', {on: true});
	here.put(`/hang/destroy-${uuid(1)}`, '');
	// A process as it looks then: no signal reaches it. Its number is nobody's.
	const pid = 4_194_400;
	const stat = `${pid} (qemu-system-x86) D 1 ${Array.from({length: 17}, () => '0').join(' ')} 77 0`;
	here.put(`/proc/${pid}/comm`, 'qemu-system-x86\n');
	here.put(`/proc/${pid}/cmdline`, ['qemu-system-x86_64', '-uuid', uuid(1), ''].join('\0'));
	here.put(`/proc/${pid}/stat`, stat);
	here.put(`/proc/${pid}/task/${pid}/stat`, stat);
	t.match(await fence(here, SHORT), {code: 1, stdout: /THERE .* web .*: its process is stuck in the kernel \(state D\)/u});
});

t.test('a zombie is gone, unless one of its threads still ends', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img');
	const pid = 4_194_401;
	const stat = (task: number, state: string): string => `${task} (qemu) ${state} 1 ${Array.from({length: 17}, () => '0').join(' ')} 77 0`;
	here.put(`/proc/${pid}/comm`, 'qemu-system-x86\n');
	here.put(`/proc/${pid}/cmdline`, '');
	here.put('/run/libvirt/qemu/web.pid', `${pid}`);
	here.put(`/proc/${pid}/stat`, stat(pid, 'Z'));
	here.put(`/proc/${pid}/task/${pid}/stat`, stat(pid, 'Z'));
	t.match(await fence(here, ['--pool', 'tank']), {code: 0, stdout: /no guest was active/u});
	here.put(`/proc/${pid}/task/${pid + 1}/stat`, stat(pid + 1, 'D'));
	t.match(await fence(here, SHORT), {code: 1, stdout: /THERE .* web \(was shut off/u});
});
