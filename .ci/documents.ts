import {readdir, readFile} from 'node:fs/promises';
import type {Metafile} from 'esbuild';

export const MAINTAINER = 'twinpool maintainers <maintainers@twinpool.invalid>';

/** The licence, and those of the packages whose code is inside the bundles. */
export async function copyright(metafiles: Metafile[]): Promise<string> {
	const inputs = metafiles.flatMap(({inputs: files}) => Object.keys(files));
	const packages = new Set(inputs.flatMap(file => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//u.exec(file)?.[1] ?? []));
	const parts = [`twinpool\n\n${await readFile('LICENSE', 'utf8')}`];
	for (const name of [...packages].toSorted((one, two) => one.localeCompare(two))) {
		parts.push(`The programs contain ${name}:\n\n${await licence(name)}`);
	}
	return parts.join(`\n${'-'.repeat(72)}\n\n`);
}

/** Licences that every Debian system has the text of, in /usr/share/common-licenses: policy 12.5 wants them referred to, not copied. */
const COMMON = new Set(['Apache-2.0']);

async function licence(name: string): Promise<string> {
	const folder = `node_modules/${name}`;
	const file = (await readdir(folder)).find(entry => /^licen[cs]e/iu.test(entry));
	const text = file && (await readFile(`${folder}/${file}`, 'utf8'));
	const {license, author} = JSON.parse(await readFile(`${folder}/package.json`, 'utf8')) as {license: string; author?: unknown};
	if (text && COMMON.has(license)) {
		const owner = /^ *(Copyright \d.*)$/mu.exec(text)?.[1] ?? '';
		return `${owner}\nLicence: ${license}, in /usr/share/common-licenses/${license}\n`;
	}
	const by = typeof author === 'string' ? author : JSON.stringify(author ?? 'its authors');
	return text || `Licence: ${license}, by ${by} (its package has no licence file)\n`;
}

/** CHANGELOG.md (`## 0.1.0 - 2026-11-22`, then bullets) as Debian writes it. */
export async function changelog(): Promise<string> {
	const releases = (await readFile('CHANGELOG.md', 'utf8')).split(/^## /mu).slice(1);
	return releases
		.map(release => {
			const [heading = '', ...lines] = release.trim().split('\n');
			const [version, day] = heading.split(' - ');
			const date = new Date(`${day}T12:00:00Z`).toUTCString().replace('GMT', '+0000');
			const changes = lines
				.filter(line => line && !line.startsWith('#'))
				.map(line => line.replace(/^ {2}(?! )/u, '    ').replace(/^- /u, '  * '));
			return `twinpool (${version}) unstable; urgency=medium\n\n${changes.join('\n')}\n\n -- ${MAINTAINER}  ${date}\n`;
		})
		.join('\n');
}
