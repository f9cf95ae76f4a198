/**
 * The host as a hypervisor: a libvirtd whose folders are the lab's own, whatever libvirt the host has, and an sshd on the
 * loopback through which the nodes' STONITH agent reaches it.
 */
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {hypervisorTools, installTools} from './apt.ts';
import {hostAddress, type Node, ports, runDirectory} from './config.ts';
import {put} from './ssh.ts';
import {until} from './wait.ts';

const folder = join(runDirectory, 'hypervisor');
const at = (name: string): string => join(folder, name);
const socket = at('run/libvirt-sock');

/** What libvirtd takes for its own, and the folders that it gets there. */
const places = {etc: '/etc/libvirt', run: '/run/libvirt', lib: '/var/lib/libvirt', cache: '/var/cache/libvirt', log: '/var/log/libvirt'};

export const hypervisorUri = `qemu+ssh://root@${hostAddress}:${ports.hypervisor}/system?socket=${encodeURIComponent(socket)}`;

/** Root's guests, each started as it is: nothing here is to be kept from them. */
export const qemuSettings = `security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
namespaces = []
cgroup_controllers = []
seccomp_sandbox = 0
stdio_handler = "file"
`;

/** Its package names this account, which another package makes: without one it starts nothing, whatever its settings say. */
const accounts = {passwd: 'libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin', group: 'libvirt-qemu:x:64055:'};

const daemonSettings = `unix_sock_rw_perms = "0700"
auth_unix_rw = "none"
auth_unix_ro = "none"
log_outputs = "2:file:${at('libvirtd.log')}"
`;

/** What is timed are the nodes, so they come before whatever else the host does, as in vm.ts. */
const hook = `#!/bin/sh
[ "$2" = started ] && echo -10 >"/proc/$(cat "/run/libvirt/qemu/$1.pid")/autogroup"
exit 0
`;

const gate = `ListenAddress 127.0.0.1
Port ${ports.hypervisor}
HostKey ${at('host')}
PidFile ${at('sshd.pid')}
AuthorizedKeysFile ${at('admitted')}
AllowUsers root
PermitRootLogin prohibit-password
AuthenticationMethods publickey
StrictModes no
UsePAM no
UseDNS no
`;

async function runningPid(name: string): Promise<number | undefined> {
	const found = Number.parseInt(await readFile(at(`${name}.pid`), 'utf8').catch(() => ''), 10);
	const command = await readFile(`/proc/${found}/cmdline`, 'utf8').catch(() => '');
	return command.includes(at(`${name}.conf`)) ? found : undefined;
}

export const hypervisorRuns = async (): Promise<boolean> => (await runningPid('libvirtd')) !== undefined;

/** One command of virsh; answers what it printed. */
export async function virsh(...words: string[]): Promise<string> {
	const {stdout} = await execa('virsh', ['-c', `qemu:///system?socket=${encodeURIComponent(socket)}`, ...words], {stdin: 'ignore'});
	return stdout.trim();
}

async function makeKey(name: string): Promise<void> {
	await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `twinpool-lab-${name}`, '-f', at(name)]);
}

async function startGate(): Promise<void> {
	await makeKey('host');
	await makeKey('key');
	// No terminal, no forwarding: commands, and from this machine.
	await writeFile(at('admitted'), `restrict,from="127.0.0.1" ${await readFile(at('key.pub'), 'utf8')}`);
	await writeFile(at('sshd.conf'), gate);
	await mkdir('/run/sshd', {recursive: true});
	const {stdout} = await execa('which', ['sshd']);
	await execa(stdout, ['-f', at('sshd.conf'), '-E', at('sshd.log')], {stdin: 'ignore'});
}

/** Starts both as programs of their own, so that nodes can be fenced after this one ends. */
export async function connectHypervisor(): Promise<void> {
	await installTools(hypervisorTools);
	await disconnectHypervisor();
	await rm(folder, {recursive: true, force: true});
	for (const [name, place] of Object.entries(places)) {
		await mkdir(at(name), {recursive: true});
		await mkdir(place, {recursive: true});
	}
	await mkdir(at('etc/hooks'));
	await writeFile(at('etc/hooks/qemu'), hook, {mode: 0o755});
	await writeFile(at('etc/qemu.conf'), qemuSettings);
	await writeFile(at('libvirtd.conf'), daemonSettings);
	for (const [name, account] of Object.entries(accounts)) {
		await writeFile(at(name), `${await readFile(`/etc/${name}`, 'utf8')}${account}\n`);
	}
	const over = Object.entries({...places, passwd: '/etc/passwd', group: '/etc/group'});
	const mounts = over.map(([name, place]) => `mount --bind '${at(name)}' ${place}`);
	const daemon = `exec libvirtd --daemon --config '${at('libvirtd.conf')}' --pid-file '${at('libvirtd.pid')}'`;
	await execa('unshare', ['--mount', '--propagation', 'private', 'sh', '-ec', [...mounts, daemon].join('\n')], {stdin: 'ignore'});
	await until("the hypervisor's libvirt", 60, async () => (await virsh('version')) !== '');
	await startGate();
	await until("the hypervisor's sshd", 30, async () => (await runningPid('sshd')) !== undefined);
}

/** From now on nobody can start a guest, or end one. */
export async function disconnectHypervisor(): Promise<void> {
	for (const name of ['sshd', 'libvirtd']) {
		const running = await runningPid(name);
		if (running) {
			process.kill(running, 'SIGTERM');
			await until(`${name} ended`, 30, async () => (await runningPid(name)) === undefined, 50);
		}
	}
}

/** Makes a guest of the host known to its libvirt. */
export async function define(name: string, xml: string): Promise<void> {
	const path = at(`${name}.xml`);
	await writeFile(path, xml);
	await virsh('define', path);
}

/** Lets a node in: root's key, and the host's in root's known_hosts. */
export async function admit(node: Node): Promise<void> {
	await put(node, '/root/.ssh/id_ed25519', await readFile(at('key'), 'utf8'), '600');
	const [type, text] = (await readFile(at('host.pub'), 'utf8')).split(' ');
	await put(node, '/root/.ssh/known_hosts', `[${hostAddress}]:${ports.hypervisor} ${type} ${text}\n`, '600');
}
