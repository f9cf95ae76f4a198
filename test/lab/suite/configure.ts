/** From two bare nodes and one topology file to a cluster that serves, by one command a node, for each layout; and one failover on each. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Checks, Suite} from '../checks.ts';
import {fenceAgent, installPackage} from '../cluster.ts';
import {disks, hostAddress, type Node, nodes, other, ports} from '../config.ts';
import {boot} from '../lab.ts';
import {secrets} from '../mirror.ts';
import {debFor} from '../package.ts';
import {say, seconds} from '../report.ts';
import {limits} from '../round.ts';
import {ask, both, put, sh} from '../ssh.ts';
import {kill} from '../vm.ts';
import {until} from '../wait.ts';

const FILE = '/root/cluster.yaml';
const layouts = {drbd: '/tank', iscsi: '/tank', gluster: '/vm'} as const;
type Layout = keyof typeof layouts;

/** The example as users have it, with this lab's disks and power switch, the DRBD of its kernel, and no guests. */
async function topology(layout: Layout): Promise<string> {
	const text = await readFile(join(import.meta.dirname, '..', '..', '..', 'examples', `topology-${layout}.yaml`), 'utf8');
	const disk = layout === 'gluster' ? `\n    disk: ${disks.data}` : '';
	return text
		.replaceAll('/dev/disk/by-id/OWN-DISK', disks.data)
		.replaceAll('fence_libvirt', 'fence_lab')
		.replaceAll(/\{uri: .*, plug: (\w+)\}/gu, `{plug: $1, ip: ${hostAddress}, ipport: ${ports.power}}`)
		.replaceAll(/(storage: 10\..*)/gu, `$1${disk}`)
		.replace('kind: drbd', 'kind: drbd\n  version: 8')
		.replace('guests: {}\n', '');
}

const apply = (node: Node): Promise<string> => sh(node, `twinpool configure ${FILE} --apply`, 900);

/** Nodes that have it mounted, by their kernels. */
async function mounted(mount: string): Promise<Node[]> {
	const states = await both(node => ask(node, `grep -q ' ${mount} ' /proc/mounts`, 30));
	return nodes.filter((_, index) => states[index]?.exit === 0);
}

async function bare(layout: Layout): Promise<void> {
	const deb = await debFor();
	await boot();
	await installPackage(deb);
	const text = await topology(layout);
	await both(async node => {
		await put(node, '/usr/sbin/fence_lab', fenceAgent, '755');
		await put(node, FILE, text);
		for (const [name, secret] of Object.entries(layout === 'iscsi' ? secrets : {})) {
			await put(node, `/etc/twinpool/${name}`, `${secret}\n`, '600');
		}
	});
}

async function served(layout: Layout, mount: string): Promise<void> {
	const began = performance.now();
	await both(apply);
	const has = await until('it is served', limits.move, async () => {
		const now = await mounted(mount);
		return now.length === (layout === 'gluster' ? 2 : 1) && now;
	});
	say(`  ${seconds((performance.now() - began) / 1000)} s after the command, ${mount} is on ${has.join(' and ')}`);
}

async function idempotent(): Promise<void> {
	await both(async node => {
		await sh(node, `twinpool configure ${FILE} --check`, 60);
		const said = await apply(node);
		if (!/: nothing to change\n== the cluster has its configuration already: nothing is done$/u.test(said)) {
			throw new Error(`${node}: the second time it says ${said}`);
		}
	});
}

/** Only once both sides have everything: what is cut before that is no failover, but the loss of the only copy. */
const whole: Record<Layout, (node: Node) => Promise<boolean>> = {
	drbd: async node => (await sh(node, 'drbdadm dstate vmstore', 30)) === 'UpToDate/UpToDate',
	iscsi: async node => (await ask(node, 'cat /run/twinpool/leg-tank.seen', 30)).stdout.includes('the leg has everything'),
	gluster: async node => (await ask(node, 'cat /run/twinpool/gluster-vm.seen', 30)).stdout.includes('"words":"together"'),
};

async function failover(layout: Layout, mount: string): Promise<void> {
	const [node = 'alpha'] = await mounted(mount);
	await until('both sides have everything', limits.return, () => whole[layout](node), 1000);
	await sh(node, `echo acknowledged >${mount}/record && sync ${mount}/record`, 60);
	const cut = performance.now();
	await kill(node);
	const left = other(node);
	await until(
		'the record on the other node',
		limits.move,
		async () => (await ask(left, `timeout 20 cat ${mount}/record`, 60)).stdout === 'acknowledged\n',
		500,
	);
	await until(
		'a write there',
		limits.move,
		async () => (await ask(left, `timeout 20 dd if=/dev/zero of=${mount}/more bs=4k count=1 conv=fsync`, 60)).exit === 0,
	);
	say(`  ${seconds((performance.now() - cut) / 1000)} s after the power cut of ${node}, ${left} has the record and takes writes`);
	await until('whole again, without a hand', limits.return, () => whole[layout](left).catch(() => false), 2000);
}

async function each(checks: Checks, layout: Layout, mount: string): Promise<void> {
	await checks.check(`${layout}: two bare nodes`, () => bare(layout));
	await checks.check(`${layout}: one command a node, and ${mount} is served`, () => served(layout, mount));
	await checks.check(`${layout}: --check finds nothing, and a second --apply does nothing`, idempotent);
	await checks.check(`${layout}: the power cut of a node that has it`, () => failover(layout, mount));
}

export const configure: Suite = {
	title: 'twinpool configure: from two bare nodes and one file to a cluster that serves',
	async run(checks) {
		for (const [layout, mount] of Object.entries(layouts)) {
			await each(checks, layout as Layout, mount);
		}
	},
};
