// npm run build: dist/root/, the install tree. One self-contained bundle a program, for the distributions' own node.
import {chmod, mkdir, rm} from 'node:fs/promises';
import {dirname} from 'node:path';
import {build} from 'esbuild';

export const ROOT = 'dist/root';
const TARGET = 'node18.19';

interface Program {
	/** Where it is installed, below the root. */
	path: string;
	/** Its one call, in TypeScript, resolved from the project's root. */
	entry: string;
}

const ocf = (name: string): Program => ({
	path: `usr/lib/ocf/resource.d/twinpool/${name}`,
	entry: `import {main} from './lib/ocf/agent.ts';
import {agent} from './agents/${name}.ts';
void main(agent, process.argv[2]).then(code => { process.exitCode = code; });`,
});

export const programs: Program[] = [ocf('drbd'), ocf('zpool')];

/** Bundle every program into the tree. */
export async function buildAll(root = ROOT): Promise<void> {
	await rm(root, {recursive: true, force: true});
	for (const {path, entry} of programs) {
		const outfile = `${root}/${path}`;
		await mkdir(dirname(outfile), {recursive: true});
		await build({
			stdin: {contents: entry, resolveDir: '.', loader: 'ts'},
			outfile,
			bundle: true,
			minify: true,
			platform: 'node',
			format: 'cjs',
			target: TARGET,
			banner: {js: '#!/usr/bin/node'},
			legalComments: 'none',
			logLevel: 'warning',
		});
		await chmod(outfile, 0o755);
	}
}

await buildAll();
