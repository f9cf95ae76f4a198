// npm run docs: writes everything that is generated: the manual pages, README's parameter tables, lib/README's diagrams.
import {readFile, writeFile} from 'node:fs/promises';
import {basename} from 'node:path';
import {agent as alert} from '../agents/alert.ts';
import {agent as drbd} from '../agents/drbd.ts';
import {agent as gluster} from '../agents/gluster.ts';
import {agent as guests} from '../agents/guests.ts';
import {agent as iscsiLeg} from '../agents/iscsi-leg.ts';
import {agent as zpool} from '../agents/zpool.ts';
import {agent as libvirt} from '../fence/fence_libvirt.ts';
import {EVENTS} from '../fence/handler.ts';
import {PHASES, subjects} from '../lib/cli/graph.ts';
import {commands} from '../lib/cli/main.ts';
import type {FenceAgent} from '../lib/fence/agent.ts';
import {mermaid} from '../lib/graph.ts';
import type {Agent} from '../lib/ocf/agent.ts';
import {agentPage, item, type Page, page, prose} from '../lib/ocf/manual.ts';
import packaged from '../package.json' with {type: 'json'};
import {EXAMPLES as ALERTS, alertPage} from './alert.ts';
import {EXAMPLES, fencePage} from './fence.ts';
import {fenceGuestsPage} from './fence-guests.ts';
import {handlerPage} from './handler.ts';
import {topologyPage} from './topology.ts';

const {version} = packaged;
export const agents = [drbd, zpool, guests, iscsiLeg, gluster] as unknown as readonly Agent[];
export const fence = libvirt as unknown as FenceAgent;

/** The part of an example that shows one agent: from its `primitive` to the next one. */
async function example(name: string): Promise<string> {
	const files = await Promise.all(['cluster', 'iscsi-mirror', 'gluster'].map(file => readFile(`examples/${file}.crm`, 'utf8')));
	const text = files.join('\n');
	return new RegExp(`^primitive \\w+ ocf:twinpool:${name}(.*\\\\\\n)*.*$`, 'mu').exec(text)?.[0] ?? '';
}

const commandPage: Page = {
	name: 'twinpool',
	section: 1,
	title: 'look at, try out and explain the failover of a ZFS pool on DRBD',
	parts: [
		[
			'synopsis',
			Object.entries(commands)
				.map(([name, {usage}]) => `.B twinpool ${name}\n${prose(usage)}\n.br`)
				.join('\n'),
		],
		[
			'commands',
			Object.entries(commands)
				.map(([name, {summary, long}]) => item(name, `${summary}.\n${long}`))
				.join('\n'),
		],
		['exit status', prose('0 all is well, 1 something was found wrong, 2 it could not be run.')],
		[
			'see also',
			prose(
				'ocf_twinpool_drbd(7), ocf_twinpool_zpool(7), ocf_twinpool_iscsi-leg(7), ocf_twinpool_gluster(7), ocf_twinpool_guests(7), twinpool-topology(5), twinpool-handler(8), twinpool-fence-guests(8)',
			),
		],
	],
};

/** An agent's parameters as README shows them. */
function table({params}: Pick<Agent, 'params'>): string {
	const cell = (text: string): string => text.trim().replace(/\s+/gu, ' ').replace(/\|/gu, '\\|');
	const rows = Object.entries(params).map(([name, {type, values, required, default: value, long}]) => {
		const given = required ? '**required**' : value && `\`${value}\``;
		return `| \`${name}\` | ${cell(values?.join(', ') ?? type)} | ${given || ''} | ${cell(long)} |`;
	});
	return ['| parameter | takes | default | |', '|---|---|---|---|', ...rows].join('\n');
}

async function diagrams(name: string): Promise<string> {
	const subject = await subjects[name]?.();
	if (!subject) {
		throw new Error(`there is no machine ${name}: lib/cli/graph.ts names them`);
	}
	// Not every machine has something to do in every phase.
	const busy = PHASES.filter(phase => mermaid(subject, phase).includes('-->'));
	return busy.map(phase => `### ${name}: ${phase}\n\n\`\`\`mermaid\n${mermaid(subject, phase)}\`\`\``).join('\n\n');
}

/** The file with each part between `<!-- NAME -->` and `<!-- /NAME -->` written anew. */
async function filled(path: string, parts: Record<string, string>): Promise<string> {
	let text = await readFile(path, 'utf8');
	for (const [name, content] of Object.entries(parts)) {
		const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
		const [from, to] = [text.indexOf(open), text.indexOf(close)];
		if (from < 0 || to < from) {
			throw new Error(`${path} needs the lines ${open} and ${close}`);
		}
		text = `${text.slice(0, from + open.length)}\n${content}\n${text.slice(to)}`;
	}
	return text;
}

/** Every generated file with its content as it should be. */
export async function generated(): Promise<Map<string, string>> {
	const files = new Map<string, string>();
	for (const agent of agents) {
		files.set(`man/ocf_twinpool_${agent.name}.7`, agentPage(agent, await example(agent.name), version));
	}
	files.set('man/twinpool.1', page(commandPage, version));
	files.set('man/twinpool-topology.5', page(topologyPage(await readFile('examples/topology-drbd.yaml', 'utf8')), version));
	files.set('man/fence_libvirt.8', page(fencePage(fence), version));
	files.set('man/alert_twinpool.8', page(alertPage(alert), version));
	files.set('man/twinpool-handler.8', page(handlerPage, version));
	files.set('man/twinpool-fence-guests.8', page(fenceGuestsPage, version));
	for (const event of Object.keys(EVENTS)) {
		files.set(`man/twinpool-${event}.8`, '.so man8/twinpool-handler.8\n');
	}
	const tables = [...agents, fence, {name: alert.name, params: alert.options}].map(
		agent => [`${agent.name} parameters`, table(agent)] as const,
	);
	const examples = Object.entries({fence_libvirt: EXAMPLES, alert_twinpool: ALERTS}).map(
		([name, {pcs, crm}]) => [`${name} examples`, `\`\`\`sh\n${pcs}\n\`\`\`\n\n\`\`\`\n${crm}\n\`\`\``] as const,
	);
	files.set('README.md', await filled('README.md', Object.fromEntries([...tables, ...examples])));
	const machines = await Promise.all(Object.keys(subjects).map(async name => [`${name} machine`, await diagrams(name)] as const));
	files.set('lib/README.md', await filled('lib/README.md', Object.fromEntries(machines)));
	return files;
}

if (basename(process.argv[1] ?? '') === 'build.ts') {
	for (const [path, content] of await generated()) {
		await writeFile(path, content);
	}
}
