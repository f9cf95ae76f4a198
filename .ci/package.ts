// npm run package: dist/twinpool_<version>_all.deb and the npm tarball, from the same tree.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmod, cp, mkdir, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {basename} from 'node:path';
import {buildAll, ROOT} from './build.ts';
import {MAINTAINER} from './documents.ts';

const STAGE = 'dist/deb';
const SCRIPTS = ['postinst', 'prerm', 'postrm'];

const {version} = JSON.parse(await readFile('package.json', 'utf8')) as {version: string};

/** Every file below a folder, relative to it. */
async function files(folder: string): Promise<string[]> {
	const entries = await readdir(folder, {recursive: true, withFileTypes: true});
	return entries
		.filter(entry => entry.isFile())
		.map(entry => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1))
		.sort();
}

const control = (kilobytes: number): string => `Package: twinpool
Version: ${version}
Architecture: all
Maintainer: ${MAINTAINER}
Installed-Size: ${kilobytes}
Depends: nodejs (>= 18.19)
Recommends: pacemaker, zfsutils-linux, drbd-utils | open-iscsi | glusterfs-server, libvirt-clients, openssh-client
Suggests: fio, targetcli-fb, tgt
Section: admin
Priority: optional
Description: fail a mirrored ZFS pool over between two hosts
 Makes realtime-replicated ZFS fail over by itself: on DRBD, as a mirror with
 an iSCSI leg, or below GlusterFS.
 .
 Resource agents for Pacemaker (ocf:twinpool:drbd, ocf:twinpool:zpool,
 ocf:twinpool:iscsi-leg, ocf:twinpool:gluster, ocf:twinpool:guests), DRBD's
 fencing handlers, STONITH for libvirt guests (fence_libvirt), a hook that
 destroys the guests of a storage (twinpool-fence-guests), and the command
 twinpool.
`;

/** @returns the path of the Debian package */
export async function debianPackage(): Promise<string> {
	await rm(STAGE, {recursive: true, force: true});
	await cp(ROOT, STAGE, {recursive: true});
	const installed = await files(STAGE);
	let bytes = 0;
	let sums = '';
	for (const path of installed) {
		bytes += (await stat(`${STAGE}/${path}`)).size;
		sums += `${createHash('md5')
			.update(await readFile(`${STAGE}/${path}`))
			.digest('hex')}  ${path}\n`;
	}
	await mkdir(`${STAGE}/DEBIAN`);
	await writeFile(`${STAGE}/DEBIAN/control`, control(Math.ceil(bytes / 1024)));
	await writeFile(`${STAGE}/DEBIAN/md5sums`, sums);
	for (const script of SCRIPTS) {
		await cp(`.ci/debian/${script}`, `${STAGE}/DEBIAN/${script}`);
		await chmod(`${STAGE}/DEBIAN/${script}`, 0o755);
	}
	await cp('.ci/debian/triggers', `${STAGE}/DEBIAN/triggers`);
	execFileSync('find', [STAGE, '-type', 'd', '-exec', 'chmod', '755', '{}', '+']);
	const deb = `dist/twinpool_${version}_all.deb`;
	execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', STAGE, deb], {stdio: ['ignore', 'ignore', 'inherit']});
	await rm(STAGE, {recursive: true});
	return deb;
}

/** @returns the path of the npm tarball: the library as JavaScript with its types, and the tree */
export async function tarball(): Promise<string> {
	await rm('dist/lib', {recursive: true, force: true});
	execFileSync('node_modules/.bin/tsc', ['-p', '.ci/tsconfig.lib.json'], {stdio: 'inherit'});
	await writeFile('dist/lib/package.json', '{"type": "module", "sideEffects": false}\n');
	const said = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', 'dist'], {encoding: 'utf8'});
	return `dist/${said.trim()}`;
}

if (basename(process.argv[1] ?? '') === 'package.ts') {
	await buildAll();
	process.stdout.write(`${await debianPackage()}\n`);
	process.stdout.write(`${await tarball()}\n`);
}
