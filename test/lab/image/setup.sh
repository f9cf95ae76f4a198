#!/bin/sh
# Runs in the new root: compiles ZFS for its kernel, drops the compiler, and sets up what every node has in common.
set -eu
export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
kernel=$(basename /lib/modules/*)

printf 'MODULES=list\nCOMPRESS=gzip\n' >/etc/initramfs-tools/conf.d/lab
printf 'virtio_pci\nvirtio_blk\nvirtio_net\next4\n' >>/etc/initramfs-tools/modules

apt-get install -y --no-install-recommends "linux-headers-$kernel" zfs-dkms dpkg-dev
version=$(basename "$(ls -d /usr/src/zfs-*)" | sed 's/^zfs-//')
dkms status "zfs/$version" -k "$kernel" | grep -q installed || dkms install "zfs/$version" -k "$kernel" || {
	tail -n 60 "/var/lib/dkms/zfs/$version/build/make.log"
	exit 1
}
mkdir -p "/lib/modules/$kernel/extra"
cp "/lib/modules/$kernel/updates/dkms/"*.ko* "/lib/modules/$kernel/extra/"
apt-get purge -y zfs-dkms dkms dpkg-dev 'linux-headers-*' 'linux-kbuild-*' 'linux-compiler-*' >/dev/null
apt-get autoremove -y --purge >/dev/null
depmod "$kernel"
test -e "/lib/modules/$kernel/extra/zfs.ko"
update-initramfs -u -k "$kernel"
apt-get clean
rm -rf /var/lib/apt/lists/* /usr/share/doc/* /usr/share/locale/* /var/cache/debconf/*-old

# Nothing starts by itself that the cluster starts, and nothing works in the background while a failover is timed.
for unit in zfs-import-cache.service zfs-import-scan.service zfs-mount.service zfs-share.service zfs-zed.service drbd.service \
	tgt.service open-iscsi.service iscsid.service glusterd.service \
	corosync.service pacemaker.service pcsd.service pcsd-ruby.service corosync-qdevice.service \
	libvirtd.service libvirt-guests.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket virtlogd.service virtlogd.socket \
	virtlockd.service virtlockd.socket rtslib-fb-targetctl.service logd.service smartmontools.service nfs-server.service rpcbind.service rpcbind.socket multipathd.service; do
	systemctl disable "$unit" 2>/dev/null || true
done
for unit in zfs-import-cache.service zfs-import-scan.service drbd.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
	e2scrub_all.timer e2scrub_reap.service fstrim.timer logrotate.timer man-db.timer systemd-timesyncd.service networking.service \
	systemd-networkd-wait-online.service systemd-udev-settle.service zfs-volume-wait.service systemd-pstore.service systemd-update-utmp.service getty@tty1.service; do
	ln -sf /dev/null "/etc/systemd/system/$unit"
done

printf 'options zfs zfs_arc_max=268435456\n' >/etc/modprobe.d/lab.conf
printf 'zfs\ndrbd\n' >/etc/modules-load.d/lab.conf
printf '/dev/vda / ext4 defaults,data=journal 0 1\n' >/etc/fstab
printf '127.0.0.1 localhost\n10.77.1.1 alpha\n10.77.1.2 bravo\n10.77.2.1 alpha-storage\n10.77.2.2 bravo-storage\n' >/etc/hosts
rm -f /etc/hostid /etc/resolv.conf /etc/drbd.d/*.res
mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nStorage=persistent\nSyncIntervalSec=1s\nRateLimitIntervalSec=0\nForwardToConsole=no\n' >/etc/systemd/journald.conf.d/lab.conf
mkdir -p /var/log/journal

ssh-keygen -A
mkdir -p /etc/ssh/sshd_config.d
printf 'UseDNS no\nPermitRootLogin prohibit-password\nUsePAM no\nMaxSessions 100\n' >/etc/ssh/sshd_config.d/lab.conf
chmod 700 /root/.ssh
chmod 600 /root/.ssh/authorized_keys

# Name, addresses and hostid come from the kernel command line.
cat >/usr/local/sbin/lab-node <<'NODE'
#!/bin/sh
for card in eth0 eth1 eth2; do
	udevadm wait --timeout=60 "/sys/class/net/$card"
done
for word in $(cat /proc/cmdline); do
	case $word in lab.id=*) id=${word#lab.id=} ;; esac
done
ip link set lo up
ip address add "10.0.2.15/24" dev eth0 && ip link set eth0 up
ip address add "10.77.1.$id/24" dev eth1 && ip link set eth1 up
ip address add "10.77.2.$id/24" dev eth2 && ip link set eth2 up
[ -e /etc/hostid ] || zgenhostid "0000000$id"
hostname >/etc/hostname
exit 0
NODE
chmod 755 /usr/local/sbin/lab-node
cat >/etc/systemd/system/lab-node.service <<'UNIT'
[Unit]
Description=Name, addresses and hostid of this node
DefaultDependencies=no
After=systemd-remount-fs.service systemd-udevd.service
Wants=network.target
Before=network.target sysinit.target systemd-modules-load.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/lab-node
[Install]
WantedBy=sysinit.target
UNIT
systemctl enable lab-node.service
: >/etc/machine-id
