// What the units may take from their programs: each of these broke one once, or would where nobody looks.
import {readFileSync} from 'node:fs';
import t from 'tap';

const KEEPERS = ['lib/iscsi/twinpool-leg@.service', 'lib/gluster/twinpool-gluster@.service'];
const UNITS = [...KEEPERS, 'lib/watch/twinpool-watch.service'];
/** Each of them gives the unit mounts of its own: what is mounted and unmounted on the host later is not seen in there, or held there. */
const MOUNTS =
	/^(Private(Tmp|Devices|Mounts)|Protect(System|Home|KernelTunables|KernelModules|KernelLogs|ControlGroups|Proc)|ProcSubset|(ReadWrite|ReadOnly|Inaccessible|Bind|BindReadOnly|Exec|NoExec)Paths|TemporaryFileSystem|Root\w+|MountFlags|DynamicUser|(State|Runtime|Cache|Logs)Directory)=/u;
/** Each of them is a list of devices, and what is not on it does not open: disks that come later, /dev/zfs. */
const DEVICES = /^(ProtectClock|DeviceAllow|DevicePolicy|PrivateDevices)=/u;
/** Node compiles as it runs. */
const NODE = /^MemoryDenyWriteExecute=/u;
const NEEDED: Readonly<Record<string, readonly string[]>> = {
	[UNITS[0] as string]: [
		'SYS_ADMIN',
		'NET_ADMIN',
		'DAC_OVERRIDE',
		'DAC_READ_SEARCH',
		'FOWNER',
		'CHOWN',
		'KILL',
		'SYS_RESOURCE',
		'SYS_MODULE',
	],
	[UNITS[1] as string]: [
		'SYS_ADMIN',
		'NET_ADMIN',
		'DAC_OVERRIDE',
		'DAC_READ_SEARCH',
		'KILL',
		'SYS_PTRACE',
		'NET_BIND_SERVICE',
		'SYS_RESOURCE',
	],
};

const lines = (unit: string): string[] => readFileSync(unit, 'utf8').split('\n');

t.test('nothing that keeps a program from its work', async t => {
	for (const unit of UNITS) {
		const told = lines(unit);
		t.same(
			told.filter(line => NODE.test(line) || DEVICES.test(line) || (KEEPERS.includes(unit) && MOUNTS.test(line))),
			[],
			unit,
		);
		t.ok(told.includes('NoNewPrivileges=yes') && told.includes('SystemCallArchitectures=native') && told.includes('UMask=0077'), unit);
		t.ok(told.includes('SystemCallErrorNumber=EPERM'), `${unit}: what is refused is an error and not the end`);
		t.ok(told.includes('RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6'), unit);
	}
});

t.test('what each keeper needs stays with it', async t => {
	for (const [unit, needed] of Object.entries(NEEDED)) {
		const sets = lines(unit).filter(line => line.startsWith('CapabilityBoundingSet='));
		t.ok(sets.length > 0 && sets.every(line => line.startsWith('CapabilityBoundingSet=~')), 'by what is dropped');
		const dropped = sets.flatMap(line => line.slice('CapabilityBoundingSet=~'.length).split(' '));
		t.ok(dropped.includes('CAP_SYS_TIME') && dropped.includes('CAP_SYS_BOOT'));
		t.same(
			needed.filter(name => dropped.includes(`CAP_${name}`)),
			[],
			unit,
		);
	}
	const [leg = [], brick = []] = KEEPERS.map(unit => lines(unit).filter(line => line.startsWith('SystemCallFilter=')));
	t.notOk(leg.join(' ').includes('@module'), 'iscsiadm may load a transport');
	t.ok(brick.join(' ').includes('@module'));
});
