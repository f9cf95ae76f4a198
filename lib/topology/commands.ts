import {createHash} from 'node:crypto';
import type {Storage, Topology, TopologyNode} from './schema.ts';

/** A node's own number in the labels of its pools: never the other one's, and never 0. */
export const hostid = (cluster: string, name: string): string =>
	createHash('sha256').update(`${cluster}/${name}`).digest('hex').slice(0, 7).padStart(8, '1');

const onFirst = (index: number, ...lines: string[]): string[] =>
	index === 0 ? lines : ['# the storage is made on the other node: go on when its commands up to here have run'];

const drbd = ({resource, pool, minor}: Storage<'drbd'>, index: number): string[] => [
	`drbdadm create-md ${resource}`,
	`drbdadm up ${resource}`,
	...onFirst(
		index,
		'# waits for the other node; both disks are empty, so nothing has to be copied',
		`drbdadm wait-connect ${resource}`,
		`drbdadm -- --clear-bitmap new-current-uuid ${resource}`,
		`drbdadm primary ${resource}`,
		`zpool create -o cachefile=none ${pool} /dev/drbd${minor}`,
		`zpool export ${pool}`,
		`drbdadm secondary ${resource}`,
	),
	`drbdadm down ${resource}`,
];

const mirror = ({pool, iqn}: Storage<'iscsi-mirror'>, {nodes}: Topology, index: number): string[] => {
	const [own, peer] = [nodes[index], nodes[1 - index]];
	const record = `iscsiadm -m node -T ${iqn}:${peer?.name}.${pool} -p ${peer?.storage}`;
	const offer = `sh /usr/share/doc/twinpool/examples/iscsi-export.sh ${pool} ${own?.disk} ${own?.storage} ${iqn}:${own?.name}.${pool} ${iqn}:${peer?.name}`;
	return [
		'# /etc/twinpool/leg-secret and leg-secret-in: a line of 12 to 16 characters each, mode 0600, the same on both nodes',
		'systemctl restart iscsid.socket',
		...(index === 0
			? [
					'# after the other node offers its half; the secrets in /etc/iscsi/iscsid.conf (node.session.auth.*, mode 0600) for this one login:',
					`${record} -o new`,
					`${record} --login`,
					`zpool create -o cachefile=none ${pool} mirror ${own?.disk} /dev/disk/by-id/wwn-OF-THE-LEG`,
					`zpool export ${pool}`,
					`${record} --logout`,
					`${record} -o delete`,
				]
			: []),
		offer,
	];
};

const gluster = ({volume, brick, mountpoint}: Storage<'gluster'>, {nodes}: Topology, index: number): string[] => [
	'# the brick: a directory in a dataset of its own on a local pool, made with xattr=sa and acltype=posixacl',
	`mkdir -p ${brick} ${mountpoint}`,
	'systemctl disable glusterd.service',
	'systemctl start glusterd.service',
	...onFirst(
		index,
		`gluster peer probe ${nodes[1 - index]?.storage}`,
		`gluster volume create ${volume} replica 2 ${nodes.map(({storage}) => `${storage}:${brick}`).join(' ')}`,
		`gluster volume start ${volume}`,
	),
];

/** What is left to run on a node, in order, by hand: nothing here starts anything. What makes the storage is for disks that are empty. */
export function commands(topology: Topology, node: TopologyNode): string {
	const {cluster, storage, nodes, guests} = topology;
	const index = nodes.indexOf(node);
	const made = {
		drbd: () => drbd(storage as Storage<'drbd'>, index),
		'iscsi-mirror': () => mirror(storage as Storage<'iscsi-mirror'>, topology, index),
		gluster: () => gluster(storage as Storage<'gluster'>, topology, index),
	}[storage.kind]();
	const start = ['systemctl enable --now corosync.service pacemaker.service'];
	return [
		'# written by twinpool configure: to be run by hand, in this order, once',
		'systemctl daemon-reload',
		'# the number of this host in the labels of its pools; a host that has one keeps it, as long as the other one has another',
		`test -e /etc/hostid || zgenhostid ${hostid(cluster, node.name)}`,
		...made,
		...start,
		...(guests ? ['virsh pool-define /etc/twinpool/libvirt.xml'] : []),
		...(index === 0
			? [
					'# with both nodes online: the cluster, by the one shell or the other, after the fence devices were tried by hand',
					'crm configure load update /etc/twinpool/cluster.crm',
					'# or: sh /etc/twinpool/cluster.pcs',
				]
			: []),
		'',
	].join('\n');
}
