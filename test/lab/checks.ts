/** Counting what held and what did not; when something did not, both nodes' journals are kept. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodes } from './config.ts';
import { dist } from './package.ts';
import { say } from './report.ts';
import { ask } from './ssh.ts';

export class Broken extends Error {
	override name = 'Broken';
}

const accounts = {
	'journal.txt': 'journalctl --boot=all --no-pager --output short-precise --lines 20000',
	'pacemaker.log': 'cat /var/log/pacemaker/pacemaker.log',
	'cib.xml': 'cibadmin --query --local',
	'state.txt': 'crm_mon -1rfAn; cat /proc/drbd; zpool status -P; cat /proc/mounts; ps axf',
};

export async function collectJournals(name: string): Promise<string> {
	const folder = join(dist, 'lab', name.replace(/\W+/g, '-').slice(0, 60));
	await mkdir(folder, { recursive: true });
	for (const node of nodes) {
		for (const [file, command] of Object.entries(accounts)) {
			const { stdout, stderr } = await ask(node, command, 60);
			await writeFile(join(folder, `${node}-${file}`), stdout + stderr);
		}
	}
	return folder;
}

export class Checks {
	passed = 0;
	failed = 0;

	/** Does it and counts it; nothing when it failed. */
	async check<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
		const started = performance.now();
		const took = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
		try {
			const value = await work();
			this.passed += 1;
			say(`ok       ${what} (${took()})`);
			return value;
		} catch (error) {
			if (error instanceof Broken) throw error;
			this.failed += 1;
			say(`NOT OK   ${what} (${took()}): ${error instanceof Error ? error.message : String(error)}`);
			say(`         the nodes' journals are in ${await collectJournals(what)}`);
			return undefined;
		}
	}

	/** The same, when nothing after it makes sense without it. */
	async need<T>(what: string, work: () => Promise<T>): Promise<T> {
		const before = this.failed;
		const value = await this.check(what, work);
		if (this.failed > before) throw new Broken(what);
		return value as T;
	}
}

export interface Suite {
	readonly title: string;
	run(checks: Checks): Promise<void>;
}
