/** Commands in a node, over one kept connection. */
import {join} from 'node:path';
import {execa} from 'execa';
import {key, type Node, nodes, ports, runDirectory} from './config.ts';

export const both = <T>(work: (node: Node) => Promise<T>): Promise<T[]> => Promise.all(nodes.map(work));

export interface Outcome {
	readonly stdout: string;
	readonly stderr: string;
	readonly exit: number | undefined;
}

export function sshOptions(node: Node): string[] {
	const options = {
		ControlMaster: 'auto',
		ControlPath: join(runDirectory, `${node}.ssh`),
		ControlPersist: '600',
		ConnectTimeout: '10',
		ServerAliveInterval: '5',
		ServerAliveCountMax: '6',
		StrictHostKeyChecking: 'no',
		UserKnownHostsFile: '/dev/null',
		GlobalKnownHostsFile: '/dev/null',
		IdentitiesOnly: 'yes',
		BatchMode: 'yes',
		LogLevel: 'ERROR',
	};
	const named = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
	return ['-F', 'none', '-i', key, '-p', String(ports.ssh(node)), ...named, 'root@127.0.0.1'];
}

/** The limit holds in the node: a client that is killed leaves its command, and with it our pipes, to the kept connection. */
const limited = (command: string, limit: number): string => `timeout --kill-after=5 ${limit} bash -c '${command.replaceAll("'", `'\\''`)}'`;

/** Runs a shell command and answers whatever its exit code. */
export async function ask(node: Node, command: string, limit = 300): Promise<Outcome> {
	const result = await execa('ssh', [...sshOptions(node), limited(command, limit)], {
		reject: false,
		stdin: 'ignore',
		timeout: (limit + 40) * 1000,
		stripFinalNewline: false,
	});
	return {stdout: result.stdout, stderr: result.stderr, exit: result.exitCode};
}

/** Runs a shell command that has to succeed; answers its output without the last newline. */
export async function sh(node: Node, command: string, limit = 300): Promise<string> {
	const {stdout, stderr, exit} = await ask(node, command, limit);
	if (exit !== 0) {
		const shown = command.length > 200 ? `${command.slice(0, 200)}...` : command;
		throw new Error(`${node}: ${shown}: exit ${exit ?? 'none'}: ${(stderr || stdout).trim().slice(-1500)}`);
	}
	return stdout.replace(/\n$/u, '');
}

/** Writes a file in a node. */
export async function put(node: Node, path: string, text: string, mode = '644'): Promise<void> {
	await execa('ssh', [...sshOptions(node), `mkdir -p "$(dirname ${path})" && cat >${path} && chmod ${mode} ${path}`], {
		input: text,
	});
}

/** Copies a file of the host into a node. */
export async function copy(node: Node, from: string, path: string): Promise<void> {
	await execa('ssh', [...sshOptions(node), `cat >${path}`], {inputFile: from});
}

/** A long-lived program in a node on a connection of its own. */
export const session = (node: Node, command: string) =>
	execa('ssh', ['-o', 'ControlPath=none', '-o', 'ControlMaster=no', ...sshOptions(node), command], {
		reject: false,
		stdin: 'pipe',
		buffer: false,
	});

/** Ends the kept connection, if there is one. */
export async function hangUp(node: Node): Promise<void> {
	await execa('ssh', ['-O', 'exit', ...sshOptions(node)], {reject: false});
}
