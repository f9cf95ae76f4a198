/** A node's data disk below device-mapper, so that it can be made to fail: whoever asks it then gets I/O errors. */
import {disks, type Node} from './config.ts';
import {put, sh} from './ssh.ts';

const program = '/usr/local/sbin/lab-mapped';

/** A MiB of the disk is left out at either end, so that no label shows at the place where it is looked for on the disk itself. */
const script = `#!/bin/sh
set -e
size=$(($(blockdev --getsz ${disks.data}) - 4096))
case $1 in
linear) table="0 $size linear ${disks.data} 2048" ;;
error) table="0 $size error" ;;
esac
if dmsetup info data >/dev/null 2>&1; then
	dmsetup reload data --table "$table"
	dmsetup suspend --nolockfs data
	dmsetup resume data
else
	modprobe dm_mod
	dmsetup create data --table "$table"
fi
udevadm settle
test -b ${disks.mapped}
`;

/** A disk is whole again after a boot. */
const unit = `[Unit]
Description=The data disk, by device-mapper
After=systemd-modules-load.service systemd-udevd.service
Before=pacemaker.service corosync.service glusterd.service rtslib-fb-targetctl.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${program} linear
[Install]
WantedBy=multi-user.target
`;

export async function makeMapped(node: Node): Promise<void> {
	await put(node, program, script, '755');
	await put(node, '/etc/systemd/system/lab-mapped.service', unit);
	await sh(node, `systemctl enable --now lab-mapped.service; test -b ${disks.mapped}`, 120);
}

/** From now on the disk works, or gives an error for each block. */
export const diskIs = (node: Node, how: 'linear' | 'error'): Promise<string> => sh(node, `${program} ${how}`, 120);
