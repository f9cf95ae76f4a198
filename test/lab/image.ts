/** The nodes' root file system: Debian with everything a storage cluster needs, built once and kept by its recipe's hash. */
import {createHash} from 'node:crypto';
import {chmod, mkdir, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {acquireOptions, installTools, sources} from './apt.ts';
import {cache, key} from './config.ts';
import {say} from './report.ts';

const packages = [
	['systemd-sysv', 'dbus', 'udev', 'kmod', 'linux-image-amd64', 'initramfs-tools', 'openssh-server'],
	['iproute2', 'iputils-ping', 'procps', 'psmisc', 'lsof', 'strace', 'gdisk', 'netcat-openbsd', 'fio', 'less'],
	['pacemaker', 'corosync', 'crmsh', 'pcs', 'resource-agents', 'fence-agents', 'libxml2-utils', 'python3', 'bash-completion'],
	['drbd-utils', 'zfsutils-linux', 'open-iscsi', 'tgt', 'targetcli-fb', 'glusterfs-server', 'glusterfs-client', 'attr'],
	['libvirt-daemon-system', 'libvirt-clients', 'libvirt-daemon-driver-qemu', 'qemu-system-x86', 'qemu-utils', 'nodejs', 'man-db'],
].flat();

const setup = join(import.meta.dirname, 'image', 'setup.sh');
const rootSize = '6G';

export interface Image {
	readonly root: string;
	readonly kernel: string;
	readonly initrd: string;
}

async function makeKey(): Promise<void> {
	await mkdir(cache, {recursive: true});
	const made = await readFile(`${key}.pub`).catch(() => undefined);
	if (!made) {
		await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'twinpool-lab', '-f', key]);
	}
	await chmod(key, 0o600);
}

/** The folder of the image that this recipe makes. */
async function folder(): Promise<string> {
	const recipe = createHash('sha256')
		.update(packages.join(' '))
		.update(await readFile(setup))
		.update(rootSize);
	recipe.update(await readFile(`${key}.pub`));
	return join(cache, `image-${recipe.digest('hex').slice(0, 12)}`);
}

async function build(target: string): Promise<void> {
	const work = `${target}.part`;
	const tree = join(work, 'tree');
	await rm(work, {recursive: true, force: true});
	await mkdir(work, {recursive: true});
	await writeFile(join(work, 'sources.list'), `${(await sources()).join('\n')}\n`);
	say('building the image: Debian and its packages, then ZFS compiled for its kernel (about 8 minutes, once)');
	const options = (await acquireOptions()).map(line => `--aptopt=${line}`);
	const hooks = [
		'--customize-hook=mkdir -p "$1/root/.ssh"',
		`--customize-hook=upload ${key}.pub /root/.ssh/authorized_keys`,
		`--customize-hook=upload ${setup} /root/setup.sh`,
		'--customize-hook=chroot "$1" sh /root/setup.sh',
	];
	const base = ['--mode=root', '--variant=minbase', '--format=directory', '--components=main,contrib'];
	const include = `--include=${packages.join(',')}`;
	await execa('mmdebstrap', [...base, include, ...options, ...hooks, 'bookworm', tree, join(work, 'sources.list')], {
		stdin: 'ignore',
		all: true,
		stdout: {file: join(work, 'build.log')},
		stderr: {file: join(work, 'build.log')},
	});
	say('making its file system');
	for (const name of await readdir(join(tree, 'boot'))) {
		const kind = /^(vmlinuz|initrd)/u.exec(name)?.[1];
		if (kind) {
			await execa('cp', [join(tree, 'boot', name), join(work, kind)]);
		}
	}
	await execa('mke2fs', ['-q', '-t', 'ext4', '-L', 'root', '-d', tree, join(work, 'root.raw'), rootSize]);
	await rm(tree, {recursive: true});
	await rm(target, {recursive: true, force: true});
	await rename(work, target);
	say('the image is ready');
}

export async function image(): Promise<Image> {
	await installTools();
	await makeKey();
	const target = await folder();
	const paths = {root: join(target, 'root.raw'), kernel: join(target, 'vmlinuz'), initrd: join(target, 'initrd')};
	const ready = await readFile(paths.initrd).catch(() => undefined);
	if (!ready) {
		await build(target);
	}
	return paths;
}
