import {execFileSync} from 'node:child_process';
import {chmodSync, constants, existsSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {Socket} from 'node:net';
import {basename, join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {type Host, NAMES} from './host.ts';
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

/** How it ended: with an answer, or of a signal. */
type End = Answer & {signal?: NodeJS.Signals};

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

/**
 * One file under all the tools' names. It tells its number, the world reads the rest in /proc, and the answer is commands for this shell: a
 * node for each call was half of what a story cost.
 */
const shim = (dir: string): string => `#!/bin/sh
answer='${dir}'/$$
case " $* " in *" -p "* | *" --xml-pipe "*) command -p cat >"$answer.input" ;; esac
command -p mkfifo "$answer" 2>/dev/null
echo $$ >'${dir}/asked' && . "$answer"
exit 127
`;

/** Put the tools into a host's bin; `without` are not installed there. */
export function install(world: World, host: Host, without: readonly string[] = []): void {
	const bin = join(host.root, 'bin');
	rmSync(bin, {recursive: true, force: true});
	mkdirSync(bin, {recursive: true});
	const file = join(host.root, 'tool');
	writeFileSync(file, shim(world.dir));
	chmodSync(file, 0o755);
	for (const tool of Object.keys(TOOLS).filter(name => !without.includes(name))) {
		symlinkSync(file, join(bin, tool));
	}
}

/** Answer the hosts' tools until the world ends. */
export function listen(world: World): () => void {
	for (const name of NAMES) {
		mkdirSync(world.hosts[name].root, {recursive: true});
		install(world, world.hosts[name]);
	}
	const path = join(world.dir, 'asked');
	execFileSync('mkfifo', [path]);
	// Open for writing too: it must not end while nobody asks.
	const asked = new Socket({fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK), readable: true, writable: false});
	let line = '';
	asked.setEncoding('utf8').on('data', (chunk: string) => {
		const lines = (line + chunk).split('\n');
		line = lines.pop() ?? '';
		for (const pid of lines) {
			void reply(world, Number(pid));
		}
	});
	return () => asked.destroy();
}

/** A list of a process; empty of one that is gone, or dead and not waited for yet. */
function listOf(pid: number, name: 'cmdline' | 'environ'): string[] {
	try {
		return readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0').slice(0, -1);
	} catch {
		return [];
	}
}

/** What a process was called with; nothing where it is gone. */
function asking(world: World, pid: number): (Ask & {host: Host}) | undefined {
	const [, file = '', ...args] = listOf(pid, 'cmdline');
	const host = NAMES.map(name => world.hosts[name]).find(({root}) => file.startsWith(`${root}/`));
	const env = Object.fromEntries(listOf(pid, 'environ').map(one => one.split(/[=](.*)/su) as [string, string]));
	const input = join(world.dir, `${pid}.input`);
	return host && {host, tool: basename(file), args, env, input: existsSync(input) ? readFileSync(input, 'utf8') : ''};
}

async function reply(world: World, pid: number): Promise<void> {
	const {host, ...asked} = asking(world, pid) ?? {};
	const answer = host && (await ask(world, host, asked as Ask));
	if (answer?.signal) {
		try {
			process.kill(pid, answer.signal);
		} catch {
			// It is gone already.
		}
	} else if (answer) {
		await tell(join(world.dir, `${pid}`), pid, commands(answer));
	}
}

/** An answer for a shell; a byte that its quotes cannot hold, or that echo would take for something else, is a number. */
function commands({exit, stdout = '', stderr = ''}: Answer): string {
	const safe = (byte: number): string =>
		/[^ -~]|['\\]/u.test(String.fromCharCode(byte)) ? `\\0${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte);
	const printed = (text: string): string => `printf '%b' '${[...Buffer.from(text)].map(safe).join('')}'`;
	return `${printed(stdout)}\n${printed(stderr)} >&2\nexit ${exit}\n`;
}

/** Who asks opens its end in a moment, or was killed and never will, or the world has ended. */
async function tell(path: string, pid: number, text: string): Promise<void> {
	while (existsSync(path) && listOf(pid, 'cmdline').length > 0) {
		try {
			const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
			new Socket({fd, readable: false, writable: true}).on('error', () => undefined).end(text);
			return;
		} catch {
			await pause(1);
		}
	}
}

/** What a tool answers on a host; nothing where it hangs, or the host has no power. */
export async function ask(world: World, host: Host, question: Ask): Promise<End | undefined> {
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

function failing(fault: 'garbage' | 'killed' | Answer): End {
	if (fault === 'garbage') {
		return {exit: 0, stdout: '\u0000\u0007%PDF-1.4 \ufffd{"half": [\n;rm -rf /\n'.repeat(20)};
	}
	return fault === 'killed' ? {exit: 0, signal: 'SIGKILL'} : fault;
}
