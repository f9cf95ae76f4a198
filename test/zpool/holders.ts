import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import t from 'tap';
import {deadlineOf} from '../../lib/deadline.ts';
import {began} from '../../lib/host.ts';
import {ancestors, evict, may} from '../../lib/zpool/evict.ts';
import {holders, named} from '../../lib/zpool/holders.ts';

type Tree = Record<string, string | {to: string}>;

function plant(root: string, tree: Tree): void {
	for (const [path, content] of Object.entries(tree)) {
		mkdirSync(dirname(`${root}${path}`), {recursive: true});
		if (typeof content === 'string') {
			writeFileSync(`${root}${path}`, content);
		} else {
			symlinkSync(content.to, `${root}${path}`);
		}
	}
}

const POOL = `36 1 0:40 / /tank rw - zfs tank rw,xattr
37 36 0:41 / /tank/vm\\040images rw - zfs tank/vm rw,xattr
38 1 8:1 / /other rw - ext4 /dev/sda1 rw
`;
const SELF: Tree = {'/proc/self/mountinfo': POOL, '/proc/self/ns/mnt': {to: 'mnt:[1]'}};
const pid = (number: number, comm: string, links: Record<string, string>, more: Tree = {}): Tree => ({
	[`/proc/${number}/comm`]: `${comm}\n`,
	[`/proc/${number}/stat`]: `${number} (a) b) S 1 ${Array.from({length: 17}, () => '0').join(' ')} 4242 0`,
	[`/proc/${number}/ns/mnt`]: {to: 'mnt:[1]'},
	...Object.fromEntries(Object.entries(links).map(([name, to]) => [`/proc/${number}/${name}`, {to}])),
	...more,
});
const ZVOL: Tree = {
	'/dev/zd0': '',
	'/dev/zvol/tank/swap': {to: '../../zd0'},
	'/sys/class/block/zd0/dev': '230:0\n',
	'/sys/class/block/zd0/zd0p1/dev': '230:1\n',
	'/sys/class/block/zd0p1/dev': '230:1\n',
};

const CASES: [string, Tree, string][] = [
	['nobody', pid(10, 'sshd', {cwd: '/', 'fd/0': '/dev/null'}), ''],
	['a working folder', pid(11, 'bash', {cwd: '/tank'}), 'bash (pid 11: /tank)'],
	[
		'an open file, deleted',
		pid(12, 'qemu', {cwd: '/', 'fd/0': 'socket:[1]', 'fd/7': '/tank/vm images/a.img (deleted)'}),
		'qemu (pid 12: /tank/vm images/a.img)',
	],
	['a program from there', pid(13, 'tool', {exe: '/tank/bin/tool'}), 'tool (pid 13: /tank/bin/tool)'],
	[
		'a mapping',
		pid(14, 'db', {cwd: '/'}, {'/proc/14/maps': '7f00-7f01 rw-s 00000000 00:28 7          /tank/db/data\n'}),
		'db (pid 14: /tank/db/data)',
	],
	['a name that only begins alike', pid(15, 'cat', {cwd: '/tankard', 'fd/3': '/other/tank/x'}), ''],
	['an open zvol', {...ZVOL, ...pid(16, 'qemu', {'fd/9': '/dev/zd0'})}, 'qemu (pid 16: /dev/zd0)'],
	[
		"a mount on a zvol's partition",
		{...ZVOL, '/proc/self/mountinfo': `${POOL}50 1 230:1 / /mnt rw - ext4 /dev/zd0p1 rw\n`},
		'the mount /mnt (/dev/zd0p1)',
	],
	['a mount inside', {'/proc/self/mountinfo': `${POOL}50 36 0:50 / /tank/tmp rw - tmpfs scratch rw\n`}, 'the mount /tank/tmp (scratch)'],
	[
		'a mount left in a container',
		pid(17, 'conmon', {cwd: '/'}, {'/proc/17/ns/mnt': {to: 'mnt:[2]'}, '/proc/17/mountinfo': '60 1 0:44 / /data rw - zfs tank/data rw\n'}),
		'a mount of tank/data in the namespace of conmon (pid 17)',
	],
	[
		'a file in a container',
		pid(18, 'db', {'fd/4': '/data/x'}, {'/proc/18/ns/mnt': {to: 'mnt:[3]'}, '/proc/18/mountinfo': '60 1 0:40 / /data rw - zfs tank rw\n'}),
		'db (pid 18: /data/x)',
	],
	[
		'swap',
		{...ZVOL, '/proc/swaps': 'Filename\tType\tSize\n/dev/zd0                               partition\t65532\t0\t-2\n'},
		'swap on /dev/zd0',
	],
	['a loop device', {'/sys/block/loop3/loop/backing_file': '/tank/disk.img\n'}, 'loop3 (/tank/disk.img)'],
	[
		'device mapper',
		{...ZVOL, '/sys/class/block/zd0/holders/dm-2': '', '/sys/class/block/dm-2/dm/name': 'vg-root\n'},
		'vg-root on /dev/zvol/tank/swap',
	],
	['DRBD', {...ZVOL, '/sys/class/block/zd0/holders/drbd0': ''}, 'drbd0 on /dev/zvol/tank/swap'],
	[
		'an iSCSI backstore on a zvol',
		{...ZVOL, '/sys/kernel/config/target/core/iblock_0/lun/udev_path': '/dev/zvol/tank/swap\n'},
		'iSCSI backstore iblock_0/lun (/dev/zvol/tank/swap)',
	],
	[
		'an iSCSI backstore on a file',
		{
			'/sys/kernel/config/target/core/fileio_0/lun/info':
				'Status: ACTIVATED\n        TCM FILEIO ID: 0        File: /tank/lun.img  Size: 1\n',
		},
		'iSCSI backstore fileio_0/lun (/tank/lun.img)',
	],
	['NFS', {'/proc/fs/nfsd/exports': '# Version 1.1\n/tank/share\t10.0.0.0/8(rw)\n'}, 'NFS export /tank/share'],
];

t.test('who holds a pool', async t => {
	for (const [what, tree, says] of CASES) {
		const root = t.testdir();
		plant(root, {
			...SELF,
			...Object.fromEntries(Object.entries({...tree}).filter(([path]) => path !== '/proc/17/ns/mnt' && path !== '/proc/18/ns/mnt')),
		});
		plant(root, Object.fromEntries(Object.entries(tree).filter(([path]) => /\/1[78]\/ns\/mnt$/u.test(path))));
		process.env['TWINPOOL_ROOT'] = root;
		t.equal(named(holders('tank')), says, what);
		delete process.env['TWINPOOL_ROOT'];
	}
});

t.test('many holders fit one line', async t => {
	const many = Array.from({length: 40}, (_, index) => ({
		kind: 'process' as const,
		says: `qemu-system-x86 (pid ${index}: /tank/vm/${index}.img)`,
	}));
	t.match(named(many), /^qemu-system-x86 \(pid 0: .* and 37 more$/u);
	t.ok(named(many).length < 160);
});

t.test('who is never ended', async t => {
	const above = ancestors();
	t.ok(above.has(process.pid) && above.has(process.ppid));
	t.notOk(may({pid: 1, began: '1'}, above));
	t.notOk(may({pid: process.ppid, began: began(process.ppid)}, above), 'who started us');
	const root = t.testdir();
	plant(root, {...pid(20, 'corosync', {}), ...pid(21, 'vi', {})});
	process.env['TWINPOOL_ROOT'] = root;
	t.notOk(may({pid: 20, began: '4242'}, above), 'the cluster');
	t.ok(may({pid: 21, began: '4242'}, above));
	delete process.env['TWINPOOL_ROOT'];
});

t.test('a holder is asked, and with "kill" made to go', async t => {
	for (const [policy, program, signal] of [
		['term', 'setInterval(() => {}, 1000)', 'SIGTERM'],
		['kill', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)', 'SIGKILL'],
	] as const) {
		const child = spawn(process.execPath, ['-e', `${program};console.log("up")`]);
		await once(child.stdout, 'data');
		const ended = once(child, 'exit');
		const target = {pid: child.pid ?? 0, began: began(child.pid ?? 0)};
		const said: string[] = [];
		await evict([{kind: 'process', says: 'node', process: target}], policy, deadlineOf(2000, performance.now()), sentence =>
			said.push(sentence),
		);
		t.equal((await ended)[1], signal, policy);
		t.match(said[0], 'SIGTERM to node');
		await evict([{kind: 'process', says: 'node', process: target}], policy, deadlineOf(2000, performance.now()), () => undefined);
	}
});

t.test("a number that is somebody else's by now is left alone", async t => {
	const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
	await evict(
		[{kind: 'process', says: 'node', process: {pid: child.pid ?? 0, began: '1'}}],
		'kill',
		deadlineOf(500, performance.now()),
		() => undefined,
	);
	t.equal(child.exitCode ?? child.signalCode, null);
	const ended = once(child, 'exit');
	child.kill();
	await ended;
});
