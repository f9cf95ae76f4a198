/** The three layouts as `twinpool configure` sets them up here, and whether all of it is there. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {acquaint} from './acquaint.ts';
import {fenceAgent, installPackage, transcribed} from './cluster.ts';
import {disks, hostAddress, type Node, nodes, ports} from './config.ts';
import {boot} from './lab.ts';
import {secrets} from './mirror.ts';
import {debFor} from './package.ts';
import {limits} from './round.ts';
import {ask, both, put, sh} from './ssh.ts';
import {until} from './wait.ts';

export const FILE = '/root/cluster.yaml';

export type Layout = 'drbd' | 'iscsi' | 'gluster';
/** Where it is mounted, and what a drill calls it. */
export const layouts: Record<Layout, {mount: string; name: string}> = {
	drbd: {mount: '/tank', name: 'tank'},
	iscsi: {mount: '/tank', name: 'tank'},
	gluster: {mount: '/vm', name: 'vm'},
};

/** The example as users have it, with this lab's disks and power switch, the DRBD of its kernel, and no guests. */
async function topology(layout: Layout): Promise<string> {
	const text = await readFile(join(import.meta.dirname, '..', '..', 'examples', `topology-${layout}.yaml`), 'utf8');
	const disk = layout === 'gluster' ? `\n    disk: ${disks.data}` : '';
	return text
		.replaceAll('/dev/disk/by-id/OWN-DISK', disks.data)
		.replaceAll('fence_libvirt', 'fence_lab')
		.replaceAll(/\{uri: .*, plug: (\w+)\}/gu, `{plug: $1, ip: ${hostAddress}, ipport: ${ports.power}}`)
		.replaceAll(/(storage: 10\..*)/gu, `$1${disk}`)
		.replace('kind: drbd', 'kind: drbd\n  version: 8')
		.replace('guests: {}\n', '');
}

/** Two nodes with the package, the file, the fence agent and the secrets, that may ask each other; and nothing else. */
export async function bare(layout: Layout): Promise<void> {
	const deb = await debFor();
	await boot();
	await installPackage(deb);
	await acquaint();
	const text = await topology(layout);
	await both(async node => {
		await transcribed(node);
		await put(node, '/usr/sbin/fence_lab', fenceAgent, '755');
		await put(node, FILE, text);
		for (const [name, secret] of Object.entries(layout === 'iscsi' ? secrets : {})) {
			await put(node, `/etc/twinpool/${name}`, `${secret}\n`, '600');
		}
	});
}

/** Nodes that have it mounted, by their kernels. */
export async function mounted(layout: Layout): Promise<Node[]> {
	const states = await both(node => ask(node, `grep -q ' ${layouts[layout].mount} ' /proc/mounts`, 30));
	return nodes.filter((_, index) => states[index]?.exit === 0);
}

/** Only once both sides have everything: what is cut before that is no failover, but the loss of the only copy. */
export const whole: Record<Layout, (node: Node) => Promise<boolean>> = {
	drbd: async node => (await sh(node, 'drbdadm dstate vmstore', 30)) === 'UpToDate/UpToDate',
	iscsi: async node => (await ask(node, 'cat /run/twinpool/leg-tank.seen', 30)).stdout.includes('the leg has everything'),
	gluster: async node => (await ask(node, 'cat /run/twinpool/gluster-vm.seen', 30)).stdout.includes('"words":"together"'),
};

/** Both nodes in, nothing under way, both sides with everything, and the cluster told of it. */
export async function quiet(layout: Layout): Promise<void> {
	await until(`${layout}: both nodes in, in step, and nothing under way`, limits.return, () => still(layout), 2000);
}

async function still(layout: Layout): Promise<boolean> {
	const mon = await sh('alpha', 'crm_mon --one-shot --as-xml', 60);
	const cib = await sh('alpha', 'cibadmin --query --local', 60);
	const [node] = await mounted(layout);
	const online = mon.match(/<node [^>]*online="true"[^>]*pending="false"/gu)?.length === nodes.length;
	const told = !(
		/drbd-fence-by-handler/u.test(cib) ||
		/value="epoch=[^"]* behind=[^"]/u.test(cib) ||
		/name="twinpool-behind-[^"]*" value="1"/u.test(cib)
	);
	return online && told && !/ pending="(?!Monitoring|false)/u.test(mon) && node !== undefined && (await whole[layout](node));
}
