/** Gluster's command as it really answers: a replica of two bricks on the spare disks of two bare nodes (`lab.ts up`). */
import {address, disks, type Node, nodes} from '../config.ts';
import type {Case} from './record.ts';

const volume = 'vm';
const brick = (node: Node): string => `${address('storage', node)}:/brick/data/vm`;
const xml = (words: string): string => `timeout 60 gluster ${words} --xml`;

export const prepare: readonly Case[] = [
	['', `zpool create -f -m /brick -o cachefile=none brick ${disks.spare}`],
	['', 'zfs create -o xattr=sa -o acltype=posixacl brick/data && mkdir -p /brick/data/vm /mnt/vm'],
	['', 'systemctl start glusterd && sleep 3 && gluster pool list'],
];

export const create: readonly Case[] = [
	['version', 'gluster --version'],
	['info-none', xml(`volume info ${volume}`)],
	['status-none', xml(`volume status ${volume}`)],
	['peer-status-none', xml('peer status')],
	['peer-probe', xml(`peer probe ${address('storage', 'bravo')}`)],
	['', 'sleep 3'],
	['peer-status', xml('peer status')],
	['pool-list', xml('pool list')],
	['create-refused', xml(`volume create ${volume} replica 2 ${nodes.map(brick).join(' ')}`)],
	['', `yes | gluster volume create ${volume} replica 2 ${nodes.map(brick).join(' ')} force`],
	['info-created', xml(`volume info ${volume}`)],
	['status-created', xml(`volume status ${volume}`)],
	['heal-created', xml(`volume heal ${volume} info`)],
	['start', xml(`volume start ${volume}`)],
	['start-again', xml(`volume start ${volume}`)],
	['', 'sleep 5'],
	['', `mount -t glusterfs ${address('storage', 'alpha')}:/${volume} /mnt/vm && seq 1000 >/mnt/vm/one && mkdir /mnt/vm/two`],
];

/** The whole state of things, under a name for the occasion. */
export const state = (occasion: string): readonly Case[] => [
	[`info-${occasion}`, xml(`volume info ${volume}`)],
	[`status-${occasion}`, xml(`volume status ${volume}`)],
	[`detail-${occasion}`, xml(`volume status ${volume} detail`)],
	[`heal-${occasion}`, xml(`volume heal ${volume} info`)],
	[`heal-summary-${occasion}`, xml(`volume heal ${volume} info summary`)],
	[`heal-split-${occasion}`, xml(`volume heal ${volume} info split-brain`)],
	[`heal-count-${occasion}`, xml(`volume heal ${volume} statistics heal-count`)],
	[`peer-status-${occasion}`, xml('peer status')],
	[`processes-${occasion}`, 'ps -eo pid,args | grep "[g]luster"'],
	[`run-${occasion}`, 'find /run/gluster /var/run/gluster -name "*.pid" | sort | while read f; do echo "$f $(cat $f)"; done'],
	[`glusterd-${occasion}`, 'systemctl show -p ActiveState,SubState,MainPID glusterd'],
	[`mounts-${occasion}`, 'grep gluster /proc/mounts'],
];

export const killBrick: readonly Case[] = [['', 'pkill -9 -x glusterfsd; sleep 2']];
export const write: readonly Case[] = [['', 'for i in 1 2 3; do date >/mnt/vm/file$i; done']];
export const again: readonly Case[] = [
	['start-force', xml(`volume start ${volume} force`)],
	['', 'sleep 15'],
];
export const daemonGone: readonly Case[] = [['', 'systemctl stop glusterd; sleep 2']];
export const daemonBack: readonly Case[] = [['', 'systemctl start glusterd; sleep 8']];
export const stopped: readonly Case[] = [
	['', 'umount /mnt/vm'],
	['stop', `yes | gluster volume stop ${volume} --mode=script --xml`],
];
/** Both sides write the same file while apart. */
export const apart: readonly Case[] = [['', 'dd if=/dev/urandom of=/mnt/vm/torn bs=4k count=4 conv=fsync; sleep 1']];
export const mountHere = (node: Node): readonly Case[] => [
	['', `mount -t glusterfs ${address('storage', node)}:/${volume} /mnt/vm; ls /mnt/vm`],
];
