/** Both nodes' accounts of what happened, kept in dist/lab. */
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {nodes, transcript} from './config.ts';
import {dist} from './package.ts';
import {ask} from './ssh.ts';

const accounts = {
	'journal.txt': 'journalctl --boot=all --no-pager --output short-precise --lines 20000',
	'pacemaker.log': 'cat /var/log/pacemaker/pacemaker.log',
	'cib.xml': 'cibadmin --query --local',
	'transcript.jsonl': `tail -c 4000000 ${transcript} 2>/dev/null || true`,
	'state.txt': 'crm_mon -1rfAn; cat /proc/drbd; zpool status -P; cat /proc/mounts; ps axf',
};

export async function collectJournals(name: string): Promise<string> {
	const folder = join(dist, 'lab', name.replace(/\W+/gu, '-').slice(0, 60));
	await mkdir(folder, {recursive: true});
	for (const node of nodes) {
		for (const [file, command] of Object.entries(accounts)) {
			const {stdout, stderr} = await ask(node, command, 60);
			await writeFile(join(folder, `${node}-${file}`), stdout + stderr);
		}
	}
	return folder;
}
