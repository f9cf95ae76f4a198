import {chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {createServer, type Server, type Socket} from 'node:net';
import {join} from 'node:path';
import {type Host, NAMES, type Name} from './host.ts';
import {attrdUpdater, cibadmin, crmAttribute, crmadmin, crmNode, crmResource, stonithAdmin} from './tools/cluster.ts';
import {drbdadm, drbdsetup} from './tools/drbd.ts';
import {zdb, zfs, zpool} from './tools/zfs.ts';
import type {World} from './world.ts';

/** What a simulated tool was called with. */
export interface Ask {
	tool: string;
	args: string[];
	env: Record<string, string>;
	input: string;
}

export interface Answer {
	exit: number;
	stdout?: string;
	stderr?: string;
}

export type Tool = (world: World, host: Host, ask: Ask) => Answer | Promise<Answer>;

const done: Tool = () => ({exit: 0});
const TOOLS: Record<string, Tool> = {
	drbdadm,
	drbdsetup,
	zpool,
	zfs,
	zdb,
	cibadmin,
	crmadmin,
	crm_attribute: crmAttribute,
	attrd_updater: attrdUpdater,
	crm_node: crmNode,
	crm_resource: crmResource,
	stonith_admin: stonithAdmin,
	udevadm: done,
	modprobe: done,
	logger: done,
};

/** Argv, environment and standard input to the world, its answer back: one file under all the tools' names. */
const shim = (socket: string, host: Name): string => `#!${process.execPath}
const {basename} = require('path');
const piped = process.argv.some(word => word === '-p' || word === '--xml-pipe');
const input = piped ? require('fs').readFileSync(0, 'utf8') : '';
const ask = {host: '${host}', tool: basename(process.argv[1]), args: process.argv.slice(2), env: process.env, input};
let text = '';
require('net').connect('${socket}').setEncoding('utf8').on('data', chunk => { text += chunk; }).on('end', () => {
	const {exit, stdout = '', stderr = '', signal} = JSON.parse(text);
	process.stdout.write(stdout);
	process.stderr.write(stderr);
	process.exitCode = exit;
	if (signal) { process.kill(process.pid, signal); }
}).on('error', () => { process.exitCode = 127; }).write(JSON.stringify(ask) + '\\n');
`;

/** Put the tools into a host's bin; `without` are not installed there. */
export function install(world: World, host: Host, without: readonly string[] = []): void {
	const bin = join(host.root, 'bin');
	rmSync(bin, {recursive: true, force: true});
	mkdirSync(bin, {recursive: true});
	const file = join(host.root, 'tool.cjs');
	writeFileSync(file, shim(join(world.dir, 'world'), host.name));
	chmodSync(file, 0o755);
	for (const tool of Object.keys(TOOLS).filter(name => !without.includes(name))) {
		symlinkSync(file, join(bin, tool));
	}
}

/** Answer the hosts' tools until the world ends. */
export async function listen(world: World): Promise<() => Promise<void>> {
	for (const name of NAMES) {
		mkdirSync(world.hosts[name].root, {recursive: true});
		install(world, world.hosts[name]);
	}
	const open = new Set<Socket>();
	const server: Server = createServer(socket => {
		open.add(socket);
		socket.on('close', () => open.delete(socket)).on('error', () => undefined);
		let text = '';
		socket.setEncoding('utf8').on('data', (chunk: string) => {
			text += chunk;
			if (text.endsWith('\n')) {
				void reply(world, text, socket);
			}
		});
	});
	await new Promise<void>(ready => server.listen(join(world.dir, 'world'), ready));
	return () =>
		new Promise(closed => {
			for (const socket of open) {
				socket.destroy();
			}
			server.close(() => closed());
		});
}

async function reply(world: World, text: string, socket: Socket): Promise<void> {
	const {host, ...question} = JSON.parse(text) as Ask & {host: Name};
	const answer = await ask(world, world.hosts[host], question);
	if (answer) {
		socket.end(JSON.stringify(answer));
	}
}

/** What a tool answers on a host; nothing where it hangs, or the host has no power. */
export async function ask(world: World, host: Host, question: Ask): Promise<Answer | undefined> {
	const {tool, args} = question;
	const verb = args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c') ?? '';
	world.asked.push({host: host.name, tool, args});
	const fault = host.faults.get(`${tool}:${verb}`) ?? host.faults.get(tool);
	if (fault === 'hang' || !host.on) {
		return undefined;
	}
	if (fault && (typeof fault === 'string' || 'exit' in fault)) {
		return failing(fault);
	}
	const answer = (await TOOLS[tool]?.(world, host, question)) ?? {exit: 127};
	return fault ? {...answer, stdout: fault.garble(answer.stdout ?? '')} : answer;
}

function failing(fault: 'garbage' | 'killed' | Answer): Answer & {signal?: string} {
	if (fault === 'garbage') {
		return {exit: 0, stdout: '\u0000\u0007%PDF-1.4 \ufffd{"half": [\n;rm -rf /\n'.repeat(20)};
	}
	return fault === 'killed' ? {exit: 0, signal: 'SIGKILL'} : fault;
}
