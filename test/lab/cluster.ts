/** Two booted nodes made into a cluster: corosync, DRBD, the pool, and a configuration of one kind. */
import {randomBytes} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {constraints, properties, resources} from './cib.ts';
import {address, type Node, nodes, pool, resource, transcript, volume} from './config.ts';
import {makeVolume, together} from './gluster.ts';
import {makeHypervisor} from './guests.ts';
import {admit} from './hypervisor.ts';
import type {Kind, Layout} from './kind.ts';
import {makeMapped} from './mapped.ts';
import {makeMirror, mirrored} from './mirror.ts';
import {makeReplica} from './replica.ts';
import {say} from './report.ts';
import {ask, both, copy, put, sh, sshOptions} from './ssh.ts';
import {until} from './wait.ts';

export const fenceAgent = await readFile(join(import.meta.dirname, 'node', 'fence_lab'), 'utf8');

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

/** What a cluster takes over: a pool that is exported, and nothing running. */
const makeStorage = (kind: Kind, layout: Layout): Promise<void> => {
	if (kind.volume) {
		return makeVolume(kind);
	}
	return kind.leg ? makeMirror(kind) : makeReplica(kind, layout);
};

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

/** Every service's commands are written down, so those of agents and keepers alike. */
export async function transcribed(node: Node): Promise<void> {
	await put(node, '/etc/systemd/system.conf.d/transcript.conf', `[Manager]\nDefaultEnvironment=TWINPOOL_TRANSCRIPT=${transcript}\n`);
	await sh(node, 'systemctl daemon-reexec', 60);
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
	if (kind.soak) {
		await both(makeMapped);
	}
	await both(transcribed);
	say('making the storage and the pool');
	await makeStorage(kind, layout);
	say('starting the cluster');
	await startManager();
	await configure(kind);
	const node = await until('the pool on a node', 600, holder);
	say(`the pool is on ${node}`);
	// Who looks a moment later takes it for broken, and raises another one.
	await until('both nodes ready', 600, settled);
}

/** The node that has the pool, as its kernel says. */
export async function holder(): Promise<Node | undefined> {
	const states = await both(node => ask(node, `grep -q ' /${pool} ' /proc/mounts`, 20));
	const having = nodes.filter((_, index) => states[index]?.exit === 0);
	if (having.length > 1) {
		throw new Error('the pool is mounted on both nodes');
	}
	return having[0];
}

/** The promotion score of a node that is as good as the other, in either agent's table. */
const SCORE = 10_000;

/** What stands on a node, and how it is known to be whole. */
const below = {[`/etc/drbd.d/${resource}.res`]: replicated, [`/var/lib/glusterd/vols/${volume}`]: together};

/** Both nodes in, what is below the pool in step and known to be, nothing under way: ready for the next round. */
export async function settled(): Promise<true | undefined> {
	const mon = await sh('alpha', 'crm_mon --one-shot --as-xml', 60);
	const online = mon.match(/<node [^>]*online="true"/gu)?.length === nodes.length;
	const {stdout} = await ask('alpha', `ls -d ${Object.keys(below).join(' ')}`, 60);
	const whole = Object.entries(below).find(([sign]) => stdout.includes(sign))?.[1] ?? mirrored;
	return (online && !/pending="true"/u.test(mon) && (await whole())) || undefined;
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
