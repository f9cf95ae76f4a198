import {createHash} from 'node:crypto';
import type {Storage, Topology, TopologyNode} from './schema.ts';

/** A node's own number in the labels of its pools: never the other one's, and never 0. */
export const hostid = (cluster: string, name: string): string =>
	createHash('sha256').update(`${cluster}/${name}`).digest('hex').slice(0, 7).padStart(8, '1');

/** Where the script is on a node. */
export const SETUP = '/etc/twinpool/setup.sh';

interface Side {
	own: TopologyNode;
	peer: TopologyNode;
	/** The storage is made on the first node of the topology. */
	first: boolean;
}

/** `say` what is done, `give_up` with a reason, `await` SECONDS WHAT COMMAND...: until that succeeds. */
const HEAD = `set -eu
say() { echo "== $*"; }
give_up() { echo "twinpool: $*" >&2; exit 1; }
await() {
	left=$1 what=$2
	shift 2
	"$@" >/dev/null 2>&1 && return
	say "waiting for $what"
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || give_up "waited too long for $what: $*"
		sleep 1
	done
}`;

/** How long one node waits for what is done on the other one, in seconds: who starts them may need a while to get there. */
const PATIENCE = 1800;
const SOON = 300;

const drbd = ({resource, pool, minor}: Storage<'drbd'>, {first}: Side): string[] => [
	`if ! drbdadm role ${resource} >/dev/null 2>&1; then`,
	`	say "DRBD's metadata"`,
	`	drbdadm dump-md ${resource} >/dev/null 2>&1 || drbdadm create-md ${resource}`,
	`	drbdadm up ${resource}`,
	'fi',
	...(first
		? [
				`connected() { [ "$(drbdadm cstate ${resource})" = Connected ]; }`,
				`await ${PATIENCE} "the other node's DRBD" connected`,
				`case $(drbdadm dstate ${resource}) in Inconsistent/Inconsistent*)`,
				'	say "both disks are empty: nothing has to be copied"',
				`	drbdadm -- --clear-bitmap new-current-uuid ${resource} ;;`,
				'esac',
				`drbdadm primary ${resource}`,
				`if ! zpool list -H ${pool} >/dev/null 2>&1 && ! zpool import -d /dev/drbd${minor} 2>/dev/null | grep -qw ${pool}; then`,
				`	say "the pool ${pool}"`,
				`	zpool create -o cachefile=none ${pool} /dev/drbd${minor}`,
				'fi',
				`if zpool list -H ${pool} >/dev/null 2>&1; then zpool export ${pool}; fi`,
				`drbdadm secondary ${resource}`,
			]
		: []),
];

const mirror = ({pool, iqn}: Storage<'iscsi-mirror'>, {own, peer, first}: Side): string[] => {
	const target = (node: TopologyNode): string => `${iqn}:${node.name}.${pool}`;
	const record = `iscsiadm -m node -T ${target(peer)} -p ${peer.storage}`;
	const file = `/etc/iscsi/nodes/${target(peer)}/${peer.storage},3260*`;
	const leg = `/dev/disk/by-path/ip-${peer.storage}:3260-iscsi-${target(peer)}-lun-0`;
	return [
		'for secret in leg-secret leg-secret-in; do',
		'	test -s /etc/twinpool/$secret || give_up "/etc/twinpool/$secret is missing: a line of 12 to 16 characters, mode 0600, the same on both nodes"',
		'done',
		'systemctl restart iscsid.socket',
		`if ! test -e /sys/kernel/config/target/iscsi/${target(own)}; then`,
		...(first
			? [
					'	say "a session to the other half, by CHAP: the secrets go into the record, and on no command line"',
					`	${record} -o new >/dev/null`,
					`	for record in $(find ${file} -type f); do`,
					'		sed -i \'/^node.session.auth/d; /^# END RECORD/d\' "$record"',
					'		{',
					"			echo 'node.session.auth.authmethod = CHAP'",
					'			printf \'node.session.auth.username = leg\\nnode.session.auth.password = %s\\n\' "$(head -n 1 /etc/twinpool/leg-secret)"',
					'			printf \'node.session.auth.username_in = target\\nnode.session.auth.password_in = %s\\n\' "$(head -n 1 /etc/twinpool/leg-secret-in)"',
					"			echo '# END RECORD'",
					'		} >>"$record"',
					'	done',
					`	logged_in() { ${record} --login || [ $? = 15 ]; }`,
					`	await ${PATIENCE} "the other node's half" logged_in`,
					`	await 60 "its disk" test -b ${leg}`,
					`	say "the pool ${pool}"`,
					`	zpool create -o cachefile=none ${pool} mirror ${own.disk} ${leg}`,
					`	zpool export ${pool}`,
					`	${record} --logout >/dev/null`,
					`	${record} -o delete`,
				]
			: []),
		'	say "the export of this half"',
		`	sh /usr/share/doc/twinpool/examples/iscsi-export.sh ${pool} ${own.disk} ${own.storage} ${target(own)} ${iqn}:${peer.name}`,
		'fi',
	];
};

const gluster = ({volume, brick, mountpoint}: Storage<'gluster'>, {own, peer, first}: Side, nodes: Topology['nodes']): string[] => {
	const [, local, ...below] = brick.split('/');
	const dataset = [local, ...below.slice(0, -1)].join('/');
	return [
		...(own.disk === undefined
			? [
					`[ "$(stat -f -c %T /${dataset} 2>/dev/null)" = zfs ] || give_up "/${dataset} is no dataset: make a local pool, and zfs create -o xattr=sa -o acltype=posixacl"`,
				]
			: [
					`if ! zpool list -H ${local} >/dev/null 2>&1; then`,
					`	say "the local pool ${local}"`,
					`	zpool create -o cachefile=none -m /${local} ${local} ${own.disk}`,
					'fi',
					`zfs list -H ${dataset} >/dev/null 2>&1 || zfs create -p -o xattr=sa -o acltype=posixacl ${dataset}`,
				]),
		`mkdir -p ${brick} ${mountpoint}`,
		'systemctl disable glusterd.service',
		'systemctl start glusterd.service',
		...(first
			? [
					`await ${PATIENCE} "the other node's glusterd" gluster peer probe ${peer.storage}`,
					"joined() { gluster peer status | grep -q 'Peer in Cluster (Connected)'; }",
					`await ${SOON} "it to join" joined`,
					`if ! gluster volume info ${volume} >/dev/null 2>&1; then`,
					`	say "the volume ${volume}"`,
					`	gluster --mode=script volume create ${volume} replica 2 ${nodes.map(({storage}) => `${storage}:${brick}`).join(' ')}`,
					`	gluster --mode=script volume start ${volume}`,
					'fi',
				]
			: []),
	];
};

/** What tells that the cluster has its configuration: its first resource that is no fence device. */
function mark({storage}: Topology): string {
	switch (storage.kind) {
		case 'drbd':
			return `drbd-${storage.resource}`;
		case 'iscsi-mirror':
			return `leg-${storage.pool}`;
		default:
			return `volume-${storage.volume}`;
	}
}

/** A shell script for a node: from written files to a cluster that serves. What is there already is left as it is; what is made is for empty disks. */
export function setup(topology: Topology, own: TopologyNode): string {
	const {cluster, storage, nodes, guests} = topology;
	const [one, two] = nodes as [TopologyNode, TopologyNode];
	const side: Side = {own, peer: own === one ? two : one, first: own === one};
	const made = {
		drbd: () => drbd(storage as Storage<'drbd'>, side),
		'iscsi-mirror': () => mirror(storage as Storage<'iscsi-mirror'>, side),
		gluster: () => gluster(storage as Storage<'gluster'>, side, nodes),
	}[storage.kind]();
	const name = storage.kind === 'gluster' ? storage.volume : storage.pool;
	return [
		'#!/bin/sh',
		'# Written by twinpool configure, which runs it for --apply. On both nodes: each waits for the other one where it has to.',
		'# What is there is left as it is, so that it can be run again; pools and metadata are only made on disks that are empty.',
		HEAD,
		`configured() { cibadmin --query --local --xpath '//primitive[@id="${mark(topology)}"]'; }`,
		'if configured >/dev/null 2>&1; then',
		'	say "the cluster has its configuration already: nothing is done"',
		'	exit 0',
		'fi',
		'systemctl daemon-reload',
		'# A host that has a number keeps it, as long as the other one has another.',
		`test -e /etc/hostid || zgenhostid ${hostid(cluster, own.name)}`,
		...made,
		'say "corosync and Pacemaker"',
		'systemctl enable --now corosync.service pacemaker.service',
		...(guests ? [`virsh pool-info ${name} >/dev/null 2>&1 || virsh pool-define /etc/twinpool/libvirt.xml`] : []),
		...(side.first
			? [
					'online() { crm_mon --one-shot --as-xml | grep -c "<node .*online=.true"; }',
					'both_online() { [ "$(online)" = 2 ]; }',
					`await ${PATIENCE} "both nodes online" both_online`,
					`say "the cluster's configuration"`,
					'if command -v crm >/dev/null; then',
					'	crm configure load update /etc/twinpool/cluster.crm',
					'else',
					'	sh /etc/twinpool/cluster.pcs',
					'fi',
				]
			: [`await ${PATIENCE} "the cluster's configuration, from the other node" configured`]),
		`crm_resource --wait --timeout ${SOON}s || give_up "the cluster did not come to rest: crm_mon -1 shows why"`,
		'crm_mon --one-shot --exclude=all --include=nodes,resources,failures',
		`say "set up. Now try the fencing of each node (twinpool drill ${name} --power, on the other one), and then: twinpool doctor"`,
		'',
	].join('\n');
}
