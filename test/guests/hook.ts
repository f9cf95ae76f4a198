import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdirSync, symlinkSync} from 'node:fs';
import t from 'tap';
import {FENCE, type Libvirt, libvirt} from '../fake/libvirtd.ts';

const fence = (here: Libvirt, argv: string[], env: Record<string, string> = {}) => here.program(FENCE, ['fence', ...argv], env);
const off = (here: Libvirt, ...numbers: number[]): boolean[] => numbers.map(number => here.state(number).startsWith('5'));

t.test('a DRBD resource: its devices, what is mounted from them, and the pools that were imported from them', async t => {
	const here = libvirt(t);
	mkdirSync(`${here.root}/dev/drbd/by-res/r0`, {recursive: true});
	here.put('/dev/drbd0', '');
	symlinkSync('../../../drbd0', `${here.root}/dev/drbd/by-res/r0/0`);
	symlinkSync('drbd0', `${here.root}/dev/alias`);
	here.put('/sys/class/block/drbd0/dev', '147:0\n');
	here.put('/sys/class/block/drbd0/holders/dm-3/x', '');
	here.put('/sys/class/block/dm-3/dev', '253:3\n');
	here.put(
		'/proc/self/mountinfo',
		'36 1 0:40 / /tank rw - zfs tank rw\n40 1 253:3 / /lv rw - ext4 /dev/dm-3 rw\n41 1 0:50 / /other rw - zfs other rw\n',
	);
	here.put('/proc/spl/kstat/zfs/tank/state', 'ONLINE\n');
	here.put('/var/lib/twinpool/pool-tank.json', '{"devices":["/dev/drbd/by-res/r0/0"]}');
	const disks = ['/tank/x.img', '/lv/x.img', '/dev/drbd0', '/dev/alias', '/dev/drbd/by-res/r0/0', '/other/x.img', '/dev/drbd1'];
	disks.forEach((disk, index) => {
		here.guest(index + 1, `guest${index}`, disk, {on: true});
	});
	const {code, stdout} = await fence(here, [], {DRBD_RESOURCE: 'r0', DRBD_MINOR: '0'});
	t.equal(code, 0, stdout);
	t.same(off(here, 1, 2, 3, 4, 5, 6, 7), [true, true, true, true, true, false, false]);
	here.put('/proc/spl/kstat/zfs/other/state', 'ONLINE\n');
	t.match(await fence(here, ['r0']), {code: 1, stdout: /nobody knows on which devices other lies: name the pool with --pool/u});
	t.equal((await fence(here, ['r0', '--pool', 'tank'])).code, 0);
	t.equal(off(here, 6)[0], false);
});

t.test('unfence promotes the resource', async t => {
	const here = libvirt(t);
	here.put('/bin/drbdadm', `#!/bin/sh\necho "drbdadm $*" >>${here.root}/calls\n`);
	chmodSync(`${here.root}/bin/drbdadm`, 0o755);
	t.match(await here.program(FENCE, ['unfence', 'r0']), {code: 0, stdout: 'r0 is Primary\n'});
	t.match(await here.program(FENCE, ['unfence'], {DRBD_RESOURCE: 'r1'}), {code: 0});
	t.same(here.calls(), ['drbdadm primary r0', 'drbdadm primary r1']);
	here.put('/bin/drbdadm', '#!/bin/sh\necho "State change failed" >&2; exit 17\n');
	t.match(await here.program(FENCE, ['unfence', 'r0']), {
		code: 1,
		stdout: 'r0 was not promoted: drbdadm primary ended with 17: State change failed\n',
	});
});

t.test('called in a way that says nothing it does nothing', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img', {on: true});
	for (const argv of [
		[],
		['fence'],
		['unfence'],
		['fence', '-x'],
		['fence', '--mountpoint', 'tank'],
		['fence', '--timeout', '0', '--all'],
		['burn', 'r0'],
		['fence', 'r 0'],
	]) {
		t.match(await here.program(FENCE, argv), {code: 2, stderr: /^usage: /mu}, argv.join(' '));
	}
	t.match(await here.program(FENCE, ['--help']), {code: 0, stdout: /^usage: /u});
	t.same(here.calls(), []);
});

t.test('told to end it leaves no child', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img', {on: true});
	here.put('/hung', '');
	const child = spawn(process.execPath, [FENCE, 'fence', '--all', '--timeout', '60'], {
		env: {PATH: `${here.root}/bin`, TWINPOOL_ROOT: here.root},
		stdio: 'ignore',
	});
	while (here.calls().length === 0) {
		await new Promise(resolve => void setTimeout(resolve, 50));
	}
	child.kill('SIGTERM');
	const [, signal] = await once(child, 'exit');
	t.equal(signal, 'SIGTERM');
});
