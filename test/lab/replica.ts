/** A pool on DRBD: a resource on a disk of each node, or on a zvol of a pool of each node. */
import {address, disks, type Node, nodes, pool, resource} from './config.ts';
import {storeGuests} from './guests.ts';
import {dataDisk, type Kind, type Layout} from './kind.ts';
import {both, put, sh} from './ssh.ts';
import {until} from './wait.ts';

const zvol = `/dev/zvol/base/${resource}`;

export function drbdResource(kind: Kind, layout: Layout): string {
	const handlers = Object.entries(kind.handlers).map(([event, program]) => `		${event} "${program}";`);
	const hosts = nodes.map(node => `	on ${node} {\n		address ${address('storage', node)}:7789;\n	}`);
	return `resource ${resource} {
	net {
		protocol C;${kind.soak ? '\n\t\tverify-alg crc32c;' : ''}
	}
	disk {
		fencing resource-and-stonith;
		c-max-rate 100M;
		c-min-rate 40M;
	}
	handlers {
${handlers.join('\n')}
	}
	device /dev/drbd0;
	disk ${layout === 'zvol' ? zvol : dataDisk(kind)};
	meta-disk internal;
${hosts.join('\n')}
}
`;
}

/** The backing pool is this host's own: the system imports it at boot, before the cluster. */
const backingUnit = `[Unit]
Description=The pool under DRBD
After=systemd-modules-load.service lab-node.service
Before=pacemaker.service corosync.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'zpool list -H base || zpool import -d ${disks.data}1 -o cachefile=none -N base'
ExecStart=udevadm settle
[Install]
WantedBy=multi-user.target
`;

async function makeBacking(node: Node): Promise<void> {
	await sh(node, `zpool create -f -m none -o cachefile=none base ${disks.data} && zfs create -s -V 1G -b 16k base/${resource}`);
	await put(node, '/etc/systemd/system/lab-backing.service', backingUnit);
	await sh(node, `systemctl enable lab-backing.service; udevadm settle; test -b ${zvol}`);
}

/** DRBD's metadata, one pool on it with what lives there. */
export async function makeReplica(kind: Kind, layout: Layout): Promise<void> {
	if (layout === 'zvol') {
		await both(makeBacking);
	}
	await both(async node => {
		await put(node, `/etc/drbd.d/${resource}.res`, drbdResource(kind, layout));
		await sh(node, `drbdadm create-md --force ${resource} && drbdadm up ${resource}`);
	});
	await until('DRBD connected', 60, async () => (await sh('alpha', `drbdadm cstate ${resource}`)) === 'Connected');
	await sh('alpha', `drbdadm -- --clear-bitmap new-current-uuid ${resource} && drbdadm primary ${resource}`);
	await sh('alpha', `zpool create -f -m /${pool} -o cachefile=none ${pool} /dev/drbd0`, 120);
	await storeGuests('alpha', kind);
	await sh('alpha', `zpool export ${pool}`, 120);
	await sh('alpha', `drbdadm secondary ${resource}`);
	await both(node => sh(node, `drbdadm down ${resource}`));
}
