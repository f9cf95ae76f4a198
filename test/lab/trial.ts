/** A DRBD resource and a pool on the spare disks, outside the cluster's own configuration: for ocf-tester. */
import {address, disks, nodes} from './config.ts';
import {put, sh} from './ssh.ts';
import {until} from './wait.ts';

const resource = 'trial';

/** What Pacemaker would tell an agent about its clone. */
const clone = {
	drbd_resource: resource,
	CRM_meta_clone_max: '2',
	CRM_meta_clone_node_max: '1',
	CRM_meta_promoted_max: '1',
	CRM_meta_promoted_node_max: '1',
	CRM_meta_master_max: '1',
	CRM_meta_master_node_max: '1',
	CRM_meta_notify: 'true',
};
export const oneOff = Object.entries(clone)
	.map(([name, value]) => `-o ${name}=${value}`)
	.join(' ');

const description = `resource ${resource} {
	net {
		protocol C;
	}
	device /dev/drbd9;
	disk ${disks.spare}2;
	meta-disk internal;
${nodes.map(node => `	on ${node} {\n		address ${address('storage', node)}:7790;\n	}`).join('\n')}
}
`;

/** Both down on alpha; DRBD up on bravo, so that alpha's side is UpToDate. */
export async function trial(): Promise<void> {
	for (const node of nodes) {
		await put(node, `/etc/drbd.d/${resource}.res`, description);
		await sh(
			node,
			`drbdsetup down ${resource} 2>/dev/null; sgdisk -Z ${disks.spare}; sgdisk -n 1:0:+300M -n 2:0:+64M ${disks.spare} && udevadm settle`,
		);
		await sh(node, `wipefs -aq ${disks.spare}1 ${disks.spare}2; drbdadm create-md --force ${resource} && drbdadm up ${resource}`);
	}
	await until('DRBD connected', 60, async () => (await sh('alpha', `drbdadm cstate ${resource}`)) === 'Connected');
	await sh('alpha', `drbdadm -- --clear-bitmap new-current-uuid ${resource} && drbdadm down ${resource}`);
	await sh('alpha', `zpool create -f -m /trial -o cachefile=none trial ${disks.spare}1 && zpool export trial`);
}
