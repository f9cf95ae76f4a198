#!/bin/sh
# Offers this node's half of a mirrored pool to the other node over iSCSI (LIO), by CHAP both ways. Once on each node, as root:
#
#   iscsi-export.sh tank /dev/disk/by-id/... 10.77.2.1 iqn.2026-11.com.example:alpha.tank iqn.2026-11.com.example:bravo
#
# POOL, the whole disk (not a partition of it: ZFS makes its own, and both nodes have to see the same ones), this node's address on
# the storage link, the name of this target, the other node's name in its /etc/iscsi/initiatorname.iscsi.
#
# The secrets are in /etc/twinpool, readable by root alone, a line each of 12 to 16 characters: leg-secret, which an initiator proves
# itself with, and leg-secret-in, which a target does. Here both nodes have the same two.
#
# rtslib-fb-targetctl.service brings the export back at boot; ocf:twinpool:iscsi-leg takes it down while the pool is on this node.
set -eu
pool=$1 disk=$2 address=$3 target=$4 initiator=$5
secret=$(head -n 1 /etc/twinpool/leg-secret)
mutual=$(head -n 1 /etc/twinpool/leg-secret-in)

targetcli >/dev/null <<COMMANDS
set global auto_add_default_portal=false
/backstores/block create name=$pool dev=$disk
/iscsi create $target
/iscsi/$target/tpg1 set attribute authentication=1
/iscsi/$target/tpg1/luns create /backstores/block/$pool
/iscsi/$target/tpg1/acls create $initiator
exit
COMMANDS
# Straight into the kernel: a command line can be read by everybody, and targetcli writes what it is told into its log.
auth=/sys/kernel/config/target/iscsi/$target/tpgt_1/acls/$initiator/auth
printf %s leg >"$auth/userid"
printf %s "$secret" >"$auth/password"
printf %s target >"$auth/userid_mutual"
printf %s "$mutual" >"$auth/password_mutual"
# Now that nobody gets in without them; what is saved is for root alone.
targetcli >/dev/null <<COMMANDS
/iscsi/$target/tpg1/portals create $address 3260
saveconfig
exit
COMMANDS
systemctl enable rtslib-fb-targetctl.service
test -e "/sys/kernel/config/target/iscsi/$target/tpgt_1/acls/$initiator/lun_0"
