/** Our package, built fresh from the checkout. */
import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {say} from './report.ts';

const root = join(import.meta.dirname, '..', '..');
export const dist = join(root, 'dist');

/** The path of the .deb; built once a run. */
let built: Promise<string> | undefined;

async function build(): Promise<string> {
	say('building the package');
	await execa('npm', ['run', 'package'], {cwd: root, stdin: 'ignore'});
	const names = (await readdir(dist)).filter(name => /^twinpool_.*_all\.deb$/u.test(name));
	const dated = await Promise.all(names.map(async name => ({name, at: (await stat(join(dist, name))).mtimeMs})));
	const [newest] = dated.toSorted((a, b) => b.at - a.at);
	if (!newest) {
		throw new Error('npm run package left no dist/twinpool_*_all.deb');
	}
	return join(dist, newest.name);
}

export function debFor(): Promise<string> {
	built ??= build();
	return built;
}
