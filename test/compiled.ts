// The test files as plain JavaScript, made in one go: a loader of TypeScript in every process costs each of them a second of its CPU.
import {readFile, rm} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {build, type Plugin} from 'esbuild';

const FOLDER = 'dist/test';

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
		packages: 'external',
		// Node reads it for a stack that is printed, and for nothing else.
		sourcemap: true,
		logLevel: 'error',
		plugins: [atHome],
	});
	return file => resolve(FOLDER, file.replace(/^test\//u, '').replace(/\.ts$/u, '.mjs'));
}
