// npm run build: dist/root/, the install tree. One self-contained bundle a program, for the distributions' own node.
import {existsSync} from 'node:fs';
import {chmod, mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {basename, dirname} from 'node:path';
import {gzipSync} from 'node:zlib';
import {build, type Metafile} from 'esbuild';
import {agent as drbd} from '../agents/drbd.ts';
import {agent as gluster} from '../agents/gluster.ts';
import {agent as guests} from '../agents/guests.ts';
import {agent as iscsiLeg} from '../agents/iscsi-leg.ts';
import {agent as zpool} from '../agents/zpool.ts';
import {EVENTS} from '../fence/handler.ts';
import type {Agent} from '../lib/ocf/agent.ts';
import {metadata} from '../lib/ocf/metadata.ts';
import {completion} from './completion.ts';
import {changelog, copyright} from './documents.ts';

export const ROOT = 'dist/root';
/**
 * The first two lines of every program: shell for the shell, a comment for node. The way to start is in one file beside the programs;
 * where that is not, node reads the program. What postinst replaces where node lives elsewhere.
 */
const launcher = (name: string): string => `#!/bin/sh
':' //; program=${name} launch=/usr/lib/twinpool/launch; [ -r "$launch" ] && . "$launch"; exec /usr/bin/node "$0" "$@"
`;
const TARGET = 'node18.19';
const DOCUMENTS = 'usr/share/doc/twinpool';

interface Program {
	/** Where it is installed, below the root. */
	path: string;
	/** The module that it starts from. */
	module: string;
	/** Its one call, in TypeScript, resolved from the project's root. */
	entry: string;
	/** Its name for the launcher, and for its start-up snapshot where postinst makes one; none: it starts without the launcher. */
	prepared?: string;
}

const parts = (folder: string, ...names: string[]): string[] => names.map(name => `./lib/${folder}/${name}.ts`);
/** What an agent imports when it has to act, and not before: ready in the snapshot all the same. */
const LATE: Record<string, readonly string[]> = {
	drbd: ['./lib/reach.ts', ...parts('drbd', 'rehearse')],
	zpool: ['./lib/reach.ts', ...parts('zpool', 'export', 'rehearse')],
	guests: ['./lib/reach.ts', ...parts('guests', 'start', 'stop', 'probe', 'rehearse')],
	gluster: parts('gluster', 'start', 'stop', 'keeper', 'unit', 'rehearse'),
	'iscsi-leg': parts('iscsi', 'start', 'stop', 'keeper', 'unit', 'rehearse'),
};

/** An agent. Its first monitor, of a resource that is not there, is run before the snapshot is taken: what it needs is compiled then. */
const ocf = (name: string, key: string, folder = name): Program => ({
	path: `usr/lib/ocf/resource.d/twinpool/${name}`,
	module: `agents/${name}.ts`,
	prepared: name,
	entry: `import {main} from './lib/ocf/agent.ts';
import {agent} from './agents/${name}.ts';
import {start} from './lib/start.ts';
start(() => main(agent, process.argv[2]), async () => {
	await Promise.all([${LATE[name]?.map(module => `import('${module}')`).join(', ')}]);
	await main(agent, 'monitor', {OCF_RESKEY_${key}: 'none'});
	await (await import('./lib/${folder}/rehearse.ts')).rehearse();
});`,
});

export const programs: readonly Program[] = [
	ocf('drbd', 'drbd_resource'),
	ocf('zpool', 'pool'),
	// With a URI that is none: it would ask virsh, and no program may run while a snapshot is built.
	ocf('guests', 'uri'),
	ocf('iscsi-leg', 'pool', 'iscsi'),
	ocf('gluster', 'volname'),
	{
		path: 'usr/lib/drbd/twinpool-handler',
		module: 'fence/handler.ts',
		prepared: 'handler',
		entry: `import {basename} from 'node:path';
import {main} from './fence/handler.ts';
import {start} from './lib/start.ts';
import {parseCib} from './lib/cluster/cib.ts';
start(() => main(basename(process.argv[1] ?? ''), process.argv.slice(2), process.env), () => parseCib('<cib><configuration/></cib>'));`,
	},
	{
		path: 'usr/sbin/fence_libvirt',
		module: 'fence/fence_libvirt.ts',
		prepared: 'fence_libvirt',
		entry: `import {main} from './lib/fence/agent.ts';
import {agent} from './fence/fence_libvirt.ts';
import {start} from './lib/start.ts';
start(() => main(agent, process.argv.slice(2)), () => main(agent, ['--action=validate-all']));`,
	},
	{
		path: 'usr/lib/drbd/twinpool-fence-guests',
		module: 'fence/fence-guests.ts',
		prepared: 'fence-guests',
		entry: `import {main} from './fence/fence-guests.ts';
import {start} from './lib/start.ts';
import {parseXml} from './lib/cluster/xml.ts';
start(() => main(process.argv.slice(2), process.env), () => Promise.all([import('./lib/guests/machine.ts'), parseXml('<domain/>')]));`,
	},
	{
		// Without a snapshot: it runs as hacluster, and beside a failover, not within one.
		path: 'usr/share/pacemaker/alerts/alert_twinpool',
		module: 'agents/alert.ts',
		prepared: 'alert',
		entry: `import {agent} from './agents/alert.ts';
import {main} from './lib/alert/agent.ts';
void main(agent, process.argv.slice(2), process.env).then(code => { process.exitCode = code; });`,
	},
	{
		path: 'usr/bin/twinpool',
		module: 'lib/cli/main.ts',
		entry: `import {main} from './lib/cli/main.ts';
void main(process.argv.slice(2)).then(code => { process.exitCode = code; });`,
	},
];

/** The DRBD events that the one handler bundle answers: a name each, which it finds in argv. */
export const events = Object.keys(EVENTS);

/** A file of the tree, with the folders above it. */
async function put(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
	await mkdir(dirname(path), {recursive: true});
	await writeFile(path, content);
	await chmod(path, mode);
}

async function bundle(outfile: string, {entry, prepared}: Program): Promise<Metafile> {
	await mkdir(dirname(outfile), {recursive: true});
	const {metafile} = await build({
		stdin: {contents: entry, resolveDir: '.', loader: 'ts'},
		outfile,
		bundle: true,
		minify: true,
		metafile: true,
		platform: 'node',
		format: 'cjs',
		target: TARGET,
		banner: {js: prepared ? launcher(prepared) : '#!/usr/bin/node'},
		// A snapshot has no import(): what is imported late is required late.
		supported: {'dynamic-import': false},
		legalComments: 'none',
		logLevel: 'warning',
	});
	await chmod(outfile, 0o755);
	return metafile;
}

async function manuals(root: string): Promise<void> {
	for (const name of existsSync('man') ? await readdir('man') : []) {
		if (/\.\d$/u.test(name)) {
			await put(`${root}/usr/share/man/man${name.at(-1)}/${name}.gz`, gzipSync(await readFile(`man/${name}`), {level: 9}));
		}
	}
}

async function documents(root: string, metafiles: Metafile[]): Promise<void> {
	const folder = `${root}/${DOCUMENTS}`;
	await put(`${folder}/copyright`, await copyright(metafiles));
	await put(`${folder}/changelog.gz`, gzipSync(await changelog(), {level: 9}));
	await put(`${folder}/README.md`, await readFile('README.md'));
	await put(`${folder}/SECURITY.md`, await readFile('lib/SECURITY.md'));
	for (const name of await readdir('examples')) {
		await put(`${folder}/examples/${name}`, await readFile(`examples/${name}`));
	}
}

/** Bundle every program into the tree, and what goes with them. */
export async function buildAll(root = ROOT): Promise<void> {
	await rm(root, {recursive: true, force: true});
	const metafiles: Metafile[] = [];
	for (const program of programs) {
		if (existsSync(program.module)) {
			metafiles.push(await bundle(`${root}/${program.path}`, program));
		}
	}
	for (const event of events) {
		// Not a link: npm's tarballs cannot hold one. argv[1] stays the name that was called.
		await put(`${root}/usr/lib/drbd/twinpool-${event}`, `${launcher('handler')}require('./twinpool-handler');\n`, 0o755);
	}
	for (const agent of [drbd, zpool, guests, iscsiLeg, gluster]) {
		await put(`${root}/usr/lib/twinpool/${agent.name}.xml`, metadata(agent as unknown as Agent));
	}
	for (const unit of ['lib/iscsi/twinpool-leg@.service', 'lib/gluster/twinpool-gluster@.service', 'lib/watch/twinpool-watch.service']) {
		await put(`${root}/usr/lib/systemd/system/${basename(unit)}`, await readFile(unit));
	}
	await put(
		`${root}/usr/lib/systemd/system/resource-agents-deps.target.d/twinpool.conf`,
		await readFile('lib/iscsi/resource-agents-deps.conf'),
	);
	await put(`${root}/usr/lib/twinpool/launch`, await readFile('lib/launch.sh'));
	await put(`${root}/usr/share/bash-completion/completions/twinpool`, completion());
	await manuals(root);
	await documents(root, metafiles);
	// The tree lies below a package of ES modules; its programs are CommonJS, without an extension to say so.
	await put(`${dirname(root)}/package.json`, '{"type": "commonjs"}\n');
}

if (basename(process.argv[1] ?? '') === 'build.ts') {
	await buildAll();
}
