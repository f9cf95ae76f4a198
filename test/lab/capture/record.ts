/** What a tool printed, how it ended and how long it took, as one small JSON a case. */
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Node} from '../config.ts';
import {say} from '../report.ts';
import {ask} from '../ssh.ts';

/** A case's name and its command; without a name it only prepares what comes next. */
export type Case = readonly [name: string, command: string, environment?: Readonly<Record<string, string>>];

const fixtures = join(import.meta.dirname, '..', '..', 'fixture');

export async function record(node: Node, folder: string, cases: readonly Case[]): Promise<void> {
	await mkdir(join(fixtures, folder), {recursive: true});
	for (const [name, command, environment = {}] of cases) {
		const before = Object.entries(environment).map(([key, value]) => `export ${key}='${value}'; `);
		const started = performance.now();
		const {stdout, stderr, exit} = await ask(node, `export LC_ALL=C; ${before.join('')}${command}`, 120);
		const ms = Math.round(performance.now() - started);
		if (name) {
			const seen = {command, environment: {LC_ALL: 'C', ...environment}, node, stdout, stderr, exit, ms};
			await writeFile(join(fixtures, folder, `${name}.json`), `${JSON.stringify(seen, null, '\t')}\n`);
		}
		say(`  ${node} ${name || '-'}: ${command.slice(0, 70)}: exit ${exit}${name ? '' : ` ${stderr.trim().slice(0, 200)}`}`);
	}
}
