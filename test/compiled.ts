// The test files as plain JavaScript, made in one go: a loader of TypeScript in every process costs each of them a second of its CPU.
import {readFile, rm} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {build, type Plugin} from 'esbuild';
import project from '../package.json' with {type: 'json'};

const FOLDER = 'dist/test';
/** tap is compiled in: of a process that looks for its forty packages it takes twice the time, 150 times. Others stay what they are. */
const OTHERS = Object.keys({...project.dependencies, ...project.devDependencies, twinpool: ''}).filter(name => name !== 'tap');
/** What packages that were written for require find in their module. */
const HOME_OF_CJS = `import {createRequire as requireOf} from 'node:module';
const require = requireOf(import.meta.url);
const __filename = import.meta.filename ?? new URL(import.meta.url).pathname;
const __dirname = new URL('.', import.meta.url).pathname;`;

/** A module still finds what lies beside its source. */
const atHome: Plugin = {
	name: 'at-home',
	setup({onLoad}) {
		onLoad({filter: /[.]ts$/, namespace: 'file'}, async ({path}) => ({
			loader: 'ts',
			contents: (await readFile(path, 'utf8'))
				.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path)))
				.replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
		}));
	},
};

/**
 * Compile test files, each to be run by node alone.
 * @param files below test/, from the project's root
 * @returns where each one's program is
 */
export async function compiled(files: readonly string[]): Promise<(file: string) => string> {
	await rm(FOLDER, {recursive: true, force: true});
	await build({
		entryPoints: [...files],
		outbase: 'test',
		outdir: FOLDER,
		bundle: true,
		splitting: true,
		format: 'esm',
		outExtension: {'.js': '.mjs'},
		platform: 'node',
		target: 'node20',
		external: OTHERS,
		banner: {js: HOME_OF_CJS},
		// Node reads it for a stack that is printed, and for nothing else.
		sourcemap: true,
		logLevel: 'error',
		plugins: [atHome],
	});
	return file => resolve(FOLDER, file.replace(/^test\//u, '').replace(/\.ts$/u, '.mjs'));
}
