import {parseArgs} from 'node:util';
import {examined} from '../gluster/doctor.ts';
import {volumeNamed, volumes} from '../gluster/store.ts';

/** `twinpool doctor [VOLUME...]`: 0 nothing was found, 1 something was. */
export function doctor(argv: string[]): Promise<number> {
	const {values, positionals} = parseArgs({args: argv, allowPositionals: true, options: {json: {type: 'boolean', default: false}}});
	const names = positionals.length > 0 ? positionals : volumes();
	const found = names.map(name => {
		const volume = volumeNamed(name);
		if (!volume) {
			throw new Error(`glusterd of this host knows no volume ${name}${volumes().length > 0 ? `, only ${volumes().join(', ')}` : ''}`);
		}
		return {volume: name, findings: examined(volume)};
	});
	const all = found.flatMap(({findings}) => findings);
	const text = all.map(({seen, hurts, fix}, index) => `${index + 1}. ${seen}\n   ${hurts}\n   remedy: ${fix}\n`).join('');
	const none = names.length === 0 ? 'glusterd of this host knows no volume\n' : `${names.join(', ')}: nothing was found\n`;
	process.stdout.write(values.json ? `${JSON.stringify(found)}\n` : text || none);
	return Promise.resolve(all.length === 0 ? 0 : 1);
}
