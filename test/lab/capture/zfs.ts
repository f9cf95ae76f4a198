/** OpenZFS as it really answers: on a spare disk, so that the cluster's own pool is left alone. */
import type {Case} from './record.ts';

const idle = 'nohup sleep 600 >/dev/null 2>&1 &';
const importing = (device: string, pool: string, options = ''): string =>
	`zpool import ${options ? `${options} ` : ''}-d ${device} -o cachefile=none ${pool}`;

const prepare: Case[] = [
	['', 'sgdisk -Z /dev/vdc; sgdisk -n 1:0:+300M -n 2:0:+300M -n 3:0:+300M -n 4:0:+300M -n 5:0:+300M /dev/vdc; udevadm settle'],
	['', 'zpool create -f -m /far -o cachefile=none far /dev/vdc1 && zfs create far/data && zfs create -V 64M far/vol && udevadm settle'],
	['version', 'zfs version'],
	['module-version', 'cat /sys/module/zfs/version'],
	['list', 'zpool list -H -p -o name,guid,health,size,allocated,free,altroot far'],
	['list-all', 'zpool list -H -o name,health'],
	['list-absent', 'zpool list -H -o name,health nothere'],
	['get', 'zpool get -H -p -o property,value,source guid,health,readonly,multihost,cachefile,failmode,autotrim far'],
	['get-absent', 'zpool get -H -p -o property,value health nothere'],
	['status', 'zpool status -P far'],
	['list-vdevs', 'zpool list -v -H -P -p far'],
	['zfs-list', 'zfs list -H -p -r -o name,type,mounted,canmount,mountpoint,encryption,keystatus far'],
	['zvol-ls', 'ls -l /dev/zvol/far /dev/zd0'],
	['kstat-ls', 'ls /proc/spl/kstat/zfs /proc/spl/kstat/zfs/far'],
	['kstat-online', 'cat /proc/spl/kstat/zfs/far/state'],
	['kstat-absent', 'cat /proc/spl/kstat/zfs/nothere/state'],
	['zdb-label', 'zdb -l /dev/vdc1'],
	['zdb-label-none', 'zdb -l /dev/vdc5'],
	['zdb-label-missing', 'zdb -l /dev/nothere'],
	['zdb-label-disk', 'zdb -l /dev/vdc'],
	['import-already', importing('/dev/vdc1', 'far')],
	['export-absent', 'zpool export nothere'],
];

const busy: Case[] = [
	['', `cd /far/data; ${idle}`],
	['export-busy-cwd', 'zpool export far'],
	['export-force-busy-cwd', 'zpool export -f far'],
	['fuser-cwd', 'fuser -vm /far/data'],
	['', 'fuser -k -m /far/data'],
	['', 'nohup sleep 600 </dev/zvol/far/vol >/dev/null 2>&1 &'],
	['export-busy-zvol', 'zpool export far'],
	['export-force-busy-zvol', 'zpool export -f far'],
	['', 'fuser -k /dev/zd0; zfs mount -a'],
	['', 'mke2fs -q /dev/zvol/far/vol && mkdir -p /mnt/vol && mount /dev/zvol/far/vol /mnt/vol'],
	['export-busy-zvol-mounted', 'zpool export far'],
	['zvol-mountinfo', 'grep zd0 /proc/self/mountinfo'],
	['', 'umount /mnt/vol; mkswap /dev/zvol/far/vol && swapon /dev/zvol/far/vol; zfs mount -a'],
	['export-busy-zvol-swap', 'zpool export far'],
	['proc-swaps-zvol', 'cat /proc/swaps'],
	['', 'swapoff /dev/zvol/far/vol; zfs mount -a; truncate -s 16M /far/data/image; losetup /dev/loop7 /far/data/image'],
	['export-busy-loop', 'zpool export far'],
	['losetup-list', 'losetup --list --json'],
	['', 'losetup -d /dev/loop7; zfs mount -a; mkdir -p /far/data/on && mount -t tmpfs none /far/data/on'],
	['export-busy-mount-below', 'zpool export far'],
	['', 'umount /far/data/on; zfs mount -a; mount --bind /far/data /mnt'],
	['export-busy-bind', 'zpool export far'],
	['', 'umount /mnt; zpool import -d /dev/vdc1 far'],
	['export', 'zpool export far'],
	['export-again', 'zpool export far'],
];

const imports: Case[] = [
	['import-scan', 'zpool import'],
	['import-list', 'zpool import -d /dev/vdc1'],
	['import-list-none', 'zpool import -d /dev/vdc5'],
	['import-list-missing-device', 'zpool import -d /dev/nothere'],
	['import-missing-device', importing('/dev/nothere', 'far')],
	['import-no-such-pool', importing('/dev/vdc1', 'nothere')],
	['import-no-label', importing('/dev/vdc5', 'far')],
	['zdb-label-exported', 'zdb -l /dev/vdc1'],
	['import', importing('/dev/vdc1', 'far')],
	[
		'',
		'zpool sync far; sleep 1; dd if=/dev/vdc1 of=/dev/vdc2 bs=4M conv=fsync status=none; zpool export far; zpool labelclear -f /dev/vdc1',
	],
	['import-list-same-host-not-exported', 'zpool import -d /dev/vdc2'],
	['import-same-host-not-exported', importing('/dev/vdc2', 'far')],
	[
		'',
		'zpool sync far; dd if=/dev/vdc2 of=/dev/vdc1 bs=4M conv=fsync status=none; zpool export far; zpool labelclear -f /dev/vdc2; cp /etc/hostid /root/hostid; zgenhostid -f 0badcafe',
	],
	['import-list-other-host', 'zpool import -d /dev/vdc1'],
	['import-other-host', importing('/dev/vdc1', 'far')],
	['zdb-label-other-host', 'zdb -l /dev/vdc1'],
	['import-other-host-force', importing('/dev/vdc1', 'far', '-f')],
	['', 'zpool set multihost=on far; zpool export far; rm /etc/hostid'],
	['import-multihost-no-hostid', importing('/dev/vdc1', 'far')],
	['import-multihost-no-hostid-force', importing('/dev/vdc1', 'far', '-f')],
	['', 'cp /root/hostid /etc/hostid'],
	['import-multihost', importing('/dev/vdc1', 'far')],
	['kstat-multihost-ls', 'ls /proc/spl/kstat/zfs/far; tail -3 /proc/spl/kstat/zfs/far/multihost'],
	['', 'zpool destroy -f far; zpool labelclear -f /dev/vdc1'],
];

const states: Case[] = [
	['', 'zpool create -f -m none -o cachefile=none two mirror /dev/vdc1 /dev/vdc2 && zpool offline two vdc2'],
	['kstat-degraded', 'cat /proc/spl/kstat/zfs/two/state'],
	['status-degraded', 'zpool status -P two'],
	['list-degraded', 'zpool list -H -p -o name,health two'],
	['', 'zpool online two vdc2; zpool export two; wipefs -aq /dev/vdc2; dd if=/dev/zero of=/dev/vdc2 bs=1M status=none; udevadm settle'],
	['import-list-missing-leg', 'zpool import -d /dev/vdc1'],
	['import-missing-leg', importing('/dev/vdc1', 'two')],
	['status-missing-leg', 'zpool status -P two'],
	[
		'',
		'zpool destroy two; zpool create -f -m none -o cachefile=none wide /dev/vdc1 /dev/vdc2 && zpool export wide; wipefs -aq /dev/vdc2; dd if=/dev/zero of=/dev/vdc2 bs=1M status=none',
	],
	['import-list-missing-top', 'zpool import -d /dev/vdc1'],
	['import-missing-top', importing('/dev/vdc1', 'wide')],
	['', 'zpool labelclear -f /dev/vdc1; zpool labelclear -f /dev/vdc2'],
	[
		'',
		'head -c 32 /dev/urandom >/root/pool.key; zpool create -f -m /safe -o cachefile=none -O encryption=on -O keyformat=raw -O keylocation=file:///root/pool.key safe /dev/vdc3 && zfs create safe/data && zpool export safe',
	],
	['import-encrypted', importing('/dev/vdc3', 'safe')],
	['zfs-list-locked', 'zfs list -H -p -r -o name,type,mounted,canmount,mountpoint,encryption,keystatus,keylocation safe'],
	['keystatus', 'zfs get -H -p -r -o name,value keystatus safe'],
	['mount-locked', 'zfs mount safe/data'],
	['load-key', 'zfs load-key -r safe'],
	['load-key-again', 'zfs load-key -r safe'],
	['', 'zpool export safe; mv /root/pool.key /root/gone'],
	['import-encrypted-load', importing('/dev/vdc3', 'safe', '-l')],
	['', 'zpool destroy -f safe'],
	[
		'',
		'dmsetup create weak --table "0 $(blockdev --getsz /dev/vdc4) linear /dev/vdc4 0" && zpool create -f -m /weak -o cachefile=none weak /dev/mapper/weak',
	],
	[
		'',
		'dmsetup suspend --noflush --nolockfs weak && dmsetup load weak --table "0 $(blockdev --getsz /dev/vdc4) error" && dmsetup resume weak',
	],
	[
		'',
		'nohup sh -c "echo lost >/weak/file" >/dev/null 2>&1 & timeout 60 sh -c "until grep -q SUSPENDED /proc/spl/kstat/zfs/weak/state; do sleep 0.2; done"',
	],
	['kstat-suspended', 'cat /proc/spl/kstat/zfs/weak/state'],
	['status-suspended', 'timeout 20 zpool status -P weak'],
	['list-suspended', 'timeout 20 zpool list -H -p -o name,health weak'],
	['get-suspended', 'timeout 20 zpool get -H -o value health weak'],
	['export-suspended', 'timeout 20 zpool export weak'],
	['export-force-suspended', 'timeout 20 zpool export -f weak'],
	[
		'',
		'dmsetup suspend --noflush --nolockfs weak; dmsetup load weak --table "0 $(blockdev --getsz /dev/vdc4) linear /dev/vdc4 0"; dmsetup resume weak; timeout 60 zpool clear weak; zpool export weak; dmsetup remove weak',
	],
];

export const onSpareDisk: readonly Case[] = [...prepare, ...busy, ...imports, ...states];

/** On the node that has the pool, and on the one that does not. */
export const onPrimary: readonly Case[] = [
	['drbd-primary-zdb-label', 'zdb -l /dev/drbd0'],
	['drbd-backing-zdb-label', 'zdb -l /dev/vdb'],
	['drbd-primary-status', 'zpool status -P tank'],
	['drbd-primary-import-already', importing('/dev/drbd0', 'tank')],
];

export const onSecondary: readonly Case[] = [
	['drbd-secondary-import', importing('/dev/drbd0', 'tank')],
	['drbd-secondary-import-list', 'zpool import -d /dev/drbd0'],
	['drbd-secondary-zdb-label', 'zdb -l /dev/drbd0'],
	['drbd-secondary-backing-import', importing('/dev/vdb', 'tank')],
];

/** A pool that is active on the first node, seen from the second over iSCSI. */
export const target: readonly Case[] = [
	['', 'zpool create -f -m none -o cachefile=none -o multihost=on busy /dev/vdc5; systemctl start tgt'],
	[
		'',
		'tgtadm --op new --mode target --tid 1 -T iqn.2024-01.lab:spare && tgtadm --op new --mode logicalunit --tid 1 --lun 1 --bstype aio -b /dev/vdc5 && tgtadm --op bind --mode target --tid 1 -I ALL',
	],
];

export const initiator = (portal: string): readonly Case[] => [
	[
		'',
		`systemctl start iscsid; iscsiadm -m discovery -t st -p ${portal} && iscsiadm -m node -p ${portal} --login; udevadm settle; timeout 30 sh -c 'until test -b /dev/sda; do sleep 0.2; done'`,
	],
	['import-list-multihost-active', 'zpool import -d /dev/sda'],
	['import-multihost-active', importing('/dev/sda', 'busy')],
	['import-multihost-active-force', importing('/dev/sda', 'busy', '-f')],
	['', 'iscsiadm -m node --logout; iscsiadm -m node -o delete; systemctl stop iscsid'],
];

export const targetGone: readonly Case[] = [['', 'systemctl stop tgt; zpool destroy busy']];
