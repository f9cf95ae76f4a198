/** What the seed sets up, as it stands, on the second half of the spare disks: beside what `configure` made, and on the first half a local pool. */
import {address, disks, type Node, nodes, other} from './config.ts';
import type {Layout} from './layouts.ts';
import {ask, both, put, sh} from './ssh.ts';
import {until} from './wait.ts';

export const LOCAL = '/local';
export const PLAIN = '/plain';

const [own, shared] = [`${disks.spare}1`, `${disks.spare}2`];
const name = 'plain';
const pool = (...vdevs: string[]): string => `zpool create -f -m ${PLAIN} -o cachefile=none ${name} ${vdevs.join(' ')}`;
const destroy = `zpool destroy -f ${name}`;
/** Blocks and the records of pools before them: nobody may find what was there. */
const wiped = `wipefs -aqf ${disks.spare}? 2>/dev/null; sgdisk -Z ${disks.spare} >/dev/null 2>&1`;

const iqn = 'iqn.2026-11.test.twinpool:plain';
const lio = '/sys/kernel/config/target';
const [backstore, group] = [`${lio}/core/iblock_98/${name}`, `${lio}/iscsi/${iqn}/tpgt_1`];
const record = (peer: Node): string => `iscsiadm -m node -T ${iqn} -p ${address('storage', peer)}:3260`;

interface Plain {
	make(here: Node): Promise<unknown>;
	drop(here: Node): Promise<unknown>;
}

const brick = `/${name}brick`;

const plains: Record<Layout, Plain> = {
	drbd: {
		async make(here) {
			const hosts = nodes.map(node => `	on ${node} {\n		address ${address('storage', node)}:7790;\n	}`);
			const text = `resource ${name} {\n	protocol C;\n	device /dev/drbd1;\n	disk ${shared};\n	meta-disk internal;\n${hosts.join('\n')}\n}\n`;
			await both(async node => {
				await put(node, `/etc/drbd.d/${name}.res`, text);
				await sh(node, `drbdadm create-md --force ${name} && drbdadm up ${name}`, 60);
			});
			await until('it is connected', 60, async () => (await sh(here, `drbdadm cstate ${name}`)) === 'Connected');
			// Nothing is on either disk: they are the same.
			await sh(here, `drbdadm -- --clear-bitmap new-current-uuid ${name} && drbdadm primary ${name} && ${pool('/dev/drbd1')}`, 120);
		},
		async drop(here) {
			await ask(here, destroy, 60);
			await both(node => ask(node, `drbdadm down ${name}; rm -f /etc/drbd.d/${name}.res`, 60));
		},
	},
	iscsi: {
		async make(here) {
			const peer = other(here);
			const open = ['authentication 0', 'generate_node_acls 1', 'cache_dynamic_acls 1', 'demo_mode_write_protect 0'];
			const offer = [
				`mkdir -p ${backstore}`,
				`echo udev_path=${shared} >${backstore}/control`,
				`echo 1 >${backstore}/enable`,
				`mkdir ${lio}/iscsi/${iqn} ${group} ${group}/lun/lun_0 ${group}/np/${address('storage', peer)}:3260`,
				`ln -s ${backstore} ${group}/lun/lun_0/disk`,
				...open.map(one => `echo ${one.replace(/(\S+) (\S+)/u, `$2 >${group}/attrib/$1`)}`),
				`echo 1 >${group}/enable`,
			];
			await sh(peer, offer.join(' && '), 60);
			await sh(here, `${record(peer)} -o new && ${record(peer)} --login && udevadm settle`, 120);
			const leg = `/dev/disk/by-path/ip-${address('storage', peer)}:3260-iscsi-${iqn}-lun-0`;
			await sh(here, pool('mirror', shared, leg), 120);
		},
		async drop(here) {
			const peer = other(here);
			await ask(here, `${destroy}; ${record(peer)} --logout; ${record(peer)} -o delete`, 120);
			const away = [
				`echo 0 >${group}/enable`,
				`rm -f ${group}/lun/lun_0/disk`,
				`rmdir ${group}/lun/lun_0 ${group}/np/* ${group} ${lio}/iscsi/${iqn} ${backstore} ${lio}/core/iblock_98`,
			];
			await ask(peer, away.join('; '), 60);
		},
	},
	gluster: {
		async make(here) {
			await both(node => sh(node, `zpool create -f -m ${brick} -o cachefile=none ${name} ${shared} && zfs create ${name}/vmstore`, 120));
			const bricks = nodes.map(node => `${address('storage', node)}:${brick}/vmstore`);
			await sh(
				here,
				`gluster --mode=script volume create ${name} replica 2 ${bricks.join(' ')} force && gluster volume start ${name}`,
				240,
			);
			await until('it is mounted', 120, async () => {
				const {exit} = await ask(here, `mkdir -p ${PLAIN}; mount -t glusterfs ${address('storage', here)}:/${name} ${PLAIN}`, 60);
				return exit === 0;
			});
		},
		async drop(here) {
			const gluster = 'gluster --mode=script volume';
			await ask(here, `umount ${PLAIN}; ${gluster} stop ${name} force; ${gluster} delete ${name}`, 240);
			await both(node => ask(node, destroy, 60));
		},
	},
};

/** Both beside what a node has. */
export async function makePlain(layout: Layout, here: Node): Promise<void> {
	await both(node => sh(node, `sgdisk -n 1:0:+768M -n 2:0:0 ${disks.spare} >/dev/null && udevadm settle`, 60));
	await sh(here, `zpool create -f -m ${LOCAL} -o cachefile=none local ${own}`, 60);
	await plains[layout].make(here);
}

/** Nothing of it stays. */
export async function dropPlain(layout: Layout, here: Node): Promise<void> {
	await plains[layout].drop(here);
	await ask(here, 'zpool destroy -f local', 60);
	await both(node => sh(node, `${wiped}; udevadm settle; rmdir ${LOCAL} ${PLAIN} ${brick} 2>/dev/null; ! zpool list ${name}`, 60));
}
