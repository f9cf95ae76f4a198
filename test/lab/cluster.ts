/** Two booted nodes made into a cluster: corosync, DRBD, the pool, and a configuration of one kind. */
import {randomBytes} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {constraints, properties, resources} from './cib.ts';
import {address, disks, type Node, nodes, pool, resource} from './config.ts';
import {makeHypervisor, storeGuests} from './guests.ts';
import {admit} from './hypervisor.ts';
import type {Kind, Layout} from './kind.ts';
import {makeMirror, mirrored} from './mirror.ts';
import {say} from './report.ts';
import {ask, both, copy, put, sh, sshOptions} from './ssh.ts';
import {until} from './wait.ts';

const fenceAgent = await readFile(join(import.meta.dirname, 'node', 'fence_lab'), 'utf8');

const corosync = `totem {
	version: 2
	cluster_name: twinpool
	transport: knet
	crypto_cipher: none
	crypto_hash: none
	token: 3000
}
nodelist {
${nodes.map((node, index) => `	node {\n		ring0_addr: ${address('cluster', node)}\n		name: ${node}\n		nodeid: ${index + 1}\n	}`).join('\n')}
}
quorum {
	provider: corosync_votequorum
	two_node: 1
}
logging {
	to_syslog: yes
	timestamp: hires
}
`;

const backing = (layout: Layout): string => (layout === 'zvol' ? `/dev/zvol/base/${resource}` : disks.data);

export function drbdResource(kind: Kind, layout: Layout): string {
	const handlers = Object.entries(kind.handlers).map(([event, program]) => `		${event} "${program}";`);
	const hosts = nodes.map(node => `	on ${node} {\n		address ${address('storage', node)}:7789;\n	}`);
	return `resource ${resource} {
	net {
		protocol C;
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
	disk ${backing(layout)};
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
	await sh(node, `systemctl enable lab-backing.service; udevadm settle; test -b ${backing('zvol')}`);
}

/** What a cluster takes over: a pool that is exported, and nothing running. */
const makeStorage = (kind: Kind, layout: Layout): Promise<void> => (kind.leg ? makeMirror() : makeReplica(kind, layout));

/** DRBD's metadata, one pool on it with what lives there. */
async function makeReplica(kind: Kind, layout: Layout): Promise<void> {
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
	if (kind.guests) {
		await storeGuests('alpha');
	}
	await sh('alpha', `zpool export ${pool}`, 120);
	await sh('alpha', `drbdadm secondary ${resource}`);
	await both(node => sh(node, `drbdadm down ${resource}`));
}

export async function installPackage(path: string): Promise<void> {
	await both(async node => {
		await copy(node, path, '/root/twinpool.deb');
		await sh(node, 'dpkg -i /root/twinpool.deb');
	});
}

/** An XML element over one section of the configuration. */
async function replace(section: string, xml: string): Promise<void> {
	const command = `cibadmin --replace --scope ${section} --xml-pipe`;
	const result = await execa('ssh', [...sshOptions('alpha'), command], {input: xml, reject: false});
	if (result.exitCode !== 0) {
		throw new Error(`${section}: ${result.stderr}`);
	}
}

export async function startManager(): Promise<void> {
	const key = randomBytes(32).toString('hex');
	await both(async node => {
		await put(node, '/usr/sbin/fence_lab', fenceAgent, '755');
		await put(node, '/etc/corosync/corosync.conf', corosync);
		await put(node, '/etc/pacemaker/authkey', key, '640');
		await sh(node, 'chgrp haclient /etc/pacemaker/authkey; systemctl enable --now corosync.service pacemaker.service');
	});
	await until(
		'both nodes online',
		180,
		async () => (await sh('alpha', 'crm_mon --one-shot --as-xml')).match(/<node [^>]*online="true"/gu)?.length === nodes.length,
	);
}

export async function configure(kind: Kind): Promise<void> {
	const settings = Object.entries(properties(kind)).flatMap(([type, values]) =>
		Object.entries(values).map(([name, value]) => `crm_attribute --type ${type} --name ${name} --update ${value}`),
	);
	await sh('alpha', settings.join(' && '));
	await replace('resources', resources(kind));
	await replace('constraints', constraints(kind));
}

/** From two booted nodes with empty disks to a pool that runs. */
export async function form(kind: Kind, layout: Layout, deb?: string): Promise<void> {
	if (deb) {
		await installPackage(deb);
	}
	if (kind.guests) {
		await both(makeHypervisor);
	}
	if (kind.stonith === 'fence_libvirt') {
		await both(admit);
	}
	say('making the storage and the pool');
	await makeStorage(kind, layout);
	say('starting the cluster');
	await startManager();
	await configure(kind);
	const node = await until('the pool on a node', 300, holder);
	say(`the pool is on ${node}`);
	// Who looks a moment later takes it for broken, and raises another one.
	await until('both nodes ready', 300, settled);
}

/** The node that has the pool, as its kernel says. */
export async function holder(): Promise<Node | undefined> {
	const states = await both(node => ask(node, `grep -q ' /${pool} zfs ' /proc/mounts`, 20));
	const having = nodes.filter((_, index) => states[index]?.exit === 0);
	if (having.length > 1) {
		throw new Error('the pool is mounted on both nodes');
	}
	return having[0];
}

/** The promotion score of a node that is as good as the other, in either agent's table. */
const SCORE = 10_000;

/** Both nodes in, what is below the pool in step and known to be, nothing under way: ready for the next round. */
export async function settled(): Promise<true | undefined> {
	const mon = await sh('alpha', 'crm_mon --one-shot --as-xml', 60);
	const online = mon.match(/<node [^>]*online="true"/gu)?.length === nodes.length;
	const {exit} = await ask('alpha', `test -e /etc/drbd.d/${resource}.res`, 60);
	return (online && !/pending="true"/u.test(mon) && (await (exit === 0 ? replicated() : mirrored()))) || undefined;
}

/** No constraint of a handler left. */
async function replicated(): Promise<boolean> {
	const states = await both(node => sh(node, `drbdadm cstate ${resource}; drbdadm dstate ${resource}`, 30));
	const inStep = states.every(state => state === 'Connected\nUpToDate/UpToDate');
	const lifted = !/drbd-fence-by-handler/u.test(await sh('alpha', 'cibadmin --query --scope constraints', 60));
	const scores = await sh('alpha', `attrd_updater --query --all --name master-${resource}`, 60);
	const known = scores.match(new RegExp(`value="${SCORE}"`, 'gu'))?.length === nodes.length;
	return inStep && known && lifted;
}
