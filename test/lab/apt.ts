/** The host's own package sources: where the image's packages come from, and what the host itself still needs. */
import {readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {say} from './report.ts';

const suite = 'bookworm';

async function sourceFiles(): Promise<string[]> {
	const folder = '/etc/apt/sources.list.d';
	const names = await readdir(folder).catch(() => []);
	const paths = names.filter(name => /\.(sources|list)$/u.test(name)).map(name => join(folder, name));
	const texts = ['/etc/apt/sources.list', ...paths].map(path => readFile(path, 'utf8').catch(() => ''));
	return Promise.all(texts);
}

/** One mirror a line in either of apt's two formats; a suite is named in the same paragraph or line. */
export function mirrors(text: string): {uri: string; security: boolean}[] {
	const oneLine = text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/gmu);
	const listed = [...oneLine].map(([, uri = '', name = '']) => ({uri, name}));
	const paragraphs = text.split(/\n\s*\n/u).flatMap(paragraph => {
		const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'imu').exec(paragraph)?.[1] ?? '';
		return field('URIs')
			.split(/\s+/u)
			.filter(Boolean)
			.map(uri => ({uri, name: field('Suites')}));
	});
	return [...listed, ...paragraphs]
		.filter(({name}) => /\b(bookworm|trixie|forky|sid|stable|testing)\b/u.test(name))
		.map(({uri, name}) => ({uri, security: /security/u.test(name)}));
}

/** The lines of a sources.list for the image. */
export async function sources(): Promise<string[]> {
	const found = (await sourceFiles()).flatMap(mirrors);
	const main = found.find(({security}) => !security);
	const security = found.find(({security}) => security);
	if (!main) {
		throw new Error('no Debian mirror in the apt sources of this host');
	}
	const lines = [`deb ${main.uri} ${suite} main contrib`, `deb ${main.uri} ${suite}-updates main contrib`];
	return security ? [...lines, `deb ${security.uri} ${suite}-security main contrib`] : lines;
}

/** Proxies and clock checks as the host has them. */
export async function acquireOptions(): Promise<string[]> {
	const {stdout} = await execa('apt-config', ['dump']);
	return stdout.split('\n').filter(line => /^Acquire::(https?::Proxy|Check-)\S* "[^"]+";$/u.test(line));
}

type Tools = Readonly<Record<string, string>>;

/** Program to package. */
const needed: Tools = {
	mmdebstrap: 'mmdebstrap',
	'qemu-system-x86_64': 'qemu-system-x86',
	'qemu-img': 'qemu-utils',
	mke2fs: 'e2fsprogs',
	ssh: 'openssh-client',
	'ssh-keygen': 'openssh-client',
};

/** What a host that is a hypervisor has besides: the daemons, without what would start them for the whole host. */
export const hypervisorTools: Tools = {
	libvirtd: 'libvirt-daemon',
	virsh: 'libvirt-clients',
	'virt-qemu-run': 'libvirt-daemon-driver-qemu',
	sshd: 'openssh-server',
	unshare: 'util-linux',
};

/** As long as it is there no package starts a daemon: the lab's own are the only ones that it wants. */
const policy = '/usr/sbin/policy-rc.d';

/** Installs on the host what the lab runs on, when it is missing. */
export async function installTools(tools = needed): Promise<void> {
	if (process.getuid?.() !== 0) {
		throw new Error('the lab builds an image and needs root: run it as root');
	}
	const missing: string[] = [];
	for (const [tool, name] of Object.entries(tools)) {
		const found = await execa('which', [tool], {reject: false});
		if (found.exitCode !== 0) {
			missing.push(name);
		}
	}
	if (missing.length === 0) {
		return;
	}
	const names = [...new Set(missing)];
	say(`installing ${names.join(', ')} on this host`);
	const env = {DEBIAN_FRONTEND: 'noninteractive'};
	await execa('apt-get', ['update'], {env});
	const own = await writeFile(policy, '#!/bin/sh\nexit 101\n', {mode: 0o755, flag: 'wx'}).then(
		() => true,
		() => false,
	);
	try {
		await execa('apt-get', ['install', '-y', '--no-install-recommends', ...names], {env});
	} finally {
		if (own) {
			await rm(policy);
		}
	}
}
