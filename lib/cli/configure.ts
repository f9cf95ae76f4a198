import {readFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {execa} from 'execa';
import {at} from '../host.ts';
import {unified} from '../topology/diff.ts';
import {parseTopology} from '../topology/parse.ts';
import {render} from '../topology/render.ts';
import type {Topology, TopologyNode} from '../topology/schema.ts';
import {SETUP} from '../topology/setup.ts';
import {placed, put} from './placed.ts';

const OPTIONS = {
	check: {type: 'boolean', default: false},
	write: {type: 'boolean', default: false},
	apply: {type: 'boolean', default: false},
	print: {type: 'boolean', default: false},
	output: {type: 'string'},
	node: {type: 'string'},
} as const;

const say = (text: string): boolean => process.stdout.write(text);

/** The topology; where it has problems, they are told, and there is none. */
function given(file: string): Topology | undefined {
	let text: string;
	try {
		text = readFileSync(file, 'utf8');
	} catch {
		throw new Error(`${file}: expected a topology file that can be read, see twinpool-topology(5)`);
	}
	const {topology, problems = []} = parseTopology(text, file);
	if (!topology) {
		process.stderr.write(`${problems.join('\n')}\n`);
	}
	return topology;
}

function own({nodes}: Topology, name: string): TopologyNode {
	const node = nodes.find(one => one.name === name);
	if (!node) {
		throw new Error(`${name} is none of the nodes (${nodes.map(one => one.name).join(', ')}): run it on one, or say which with --node`);
	}
	return node;
}

/** What the host has that is different, as a diff: 1 when there is something. */
function check(topology: Topology, node: TopologyNode): number {
	const differences = render(topology, node).map(file => {
		const {text, mode} = placed(at(file.path));
		const rights =
			text === file.text && mode !== file.mode ? `${file.path}: mode ${mode?.toString(8)}, not ${file.mode.toString(8)}\n` : '';
		return unified(file.path, text, file.text) + rights;
	});
	say(differences.join(''));
	return differences.some(Boolean) ? 1 : 0;
}

/** Every file that is not as it should be; the one that was there is kept beside it. */
function write(topology: Topology, node: TopologyNode, root: string): void {
	const done = render(topology, node).map(file => put(join(root, file.path), file));
	for (const line of done.filter(Boolean)) {
		say(`${line}\n`);
	}
	if (!done.some(Boolean)) {
		say(`${node.name}: nothing to change\n`);
	}
}

/** From the files to a cluster that serves: gives the script's exit code, as 0 or 1. What it says goes on as it comes. */
async function apply(): Promise<number> {
	const {exitCode} = await execa('sh', [at(SETUP)], {reject: false, stdin: 'ignore', stdout: 'inherit', stderr: 'inherit'});
	if (exitCode !== 0) {
		process.stderr.write(`twinpool configure: ${SETUP} did not come to its end; run it again when what it said is mended\n`);
	}
	return exitCode === 0 ? 0 : 1;
}

/** `twinpool configure FILE`: 0 done or as it should be, 1 the host differs, or could not be set up. */
export async function configure(argv: string[]): Promise<number> {
	const {values, positionals} = parseArgs({args: argv, allowPositionals: true, options: OPTIONS});
	const [file, ...more] = positionals;
	const modes = [values.check, values.write, values.apply, values.print, values.output !== undefined].filter(Boolean).length;
	if (file === undefined || more.length > 0 || modes > 1) {
		throw new Error('expected one FILE, and one of --check, --write, --apply, --print and --output DIR');
	}
	const topology = given(file);
	if (!topology) {
		return 2;
	}
	const {output} = values;
	if (output !== undefined) {
		for (const node of topology.nodes) {
			write(topology, node, join(output, node.name));
		}
		return 0;
	}
	if (values.write || values.apply || values.check) {
		const node = own(topology, values.node ?? hostname().replace(/\..*/u, ''));
		if (values.check) {
			return check(topology, node);
		}
		write(topology, node, at('/'));
		if (values.apply) {
			return await apply();
		}
		say(`nothing was started: ${SETUP} does, or --apply\n`);
		return 0;
	}
	const nodes = values.node === undefined ? topology.nodes : [own(topology, values.node)];
	say(nodes.map(node => printed(topology, node)).join(''));
	return 0;
}

/** All files of a node as one text. */
export const printed = (topology: Topology, node: TopologyNode): string =>
	render(topology, node)
		.map(({path, text, link, mode}) => `==> ${node.name}:${path} (${link ? 'link' : mode.toString(8)})\n${text}${link ? '\n' : ''}\n`)
		.join('');
