/** The power switch: asked over TCP by the nodes' fence agent, it cuts a machine's power or gives it back. One line in, one out. */
import {readFile, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {execa} from 'execa';
import {type Node, nodes, ports, runDirectory} from './config.ts';
import {disconnectHypervisor} from './hypervisor.ts';
import {kill, pid, start} from './vm.ts';
import {until} from './wait.ts';

const pidFile = join(runDirectory, 'power.pid');

const actions: Record<string, (node: Node) => Promise<string>> = {
	off: async node => {
		await kill(node);
		return 'ok';
	},
	on: async node => {
		await start(node);
		return 'ok';
	},
	/** Off is the promise; the machine comes back afterwards, by itself. */
	reboot: async node => {
		await kill(node);
		void start(node);
		return 'ok';
	},
	status: async node => ((await pid(node)) ? 'on' : 'off'),
};

async function answer(line: string): Promise<string> {
	const [verb = '', name = ''] = line.trim().split(/\s+/u);
	const node = nodes.find(known => known === name);
	const action = actions[verb];
	if (!(node && action)) {
		return `error: cannot ${line}`;
	}
	return action(node).catch((error: unknown) => `error: ${String(error)}`);
}

async function serve(): Promise<void> {
	const server = createServer(socket => {
		socket.on('error', () => socket.destroy());
		createInterface({input: socket}).once('line', async line => {
			socket.end(`${await answer(line)}\n`);
		});
	});
	server.listen(ports.power, '127.0.0.1', () => void writeFile(pidFile, String(process.pid)));
}

async function runningPid(): Promise<number | undefined> {
	const found = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10);
	const command = await readFile(`/proc/${found}/cmdline`, 'utf8').catch(() => '');
	return command.includes(import.meta.filename) ? found : undefined;
}

/** Starts the switch as a program of its own, so that nodes can be fenced after this one ends. */
export async function connectPower(): Promise<void> {
	if (await runningPid()) {
		return;
	}
	const program = execa(process.execPath, [...process.execArgv, import.meta.filename, 'serve'], {
		detached: true,
		cleanup: false,
		stdio: 'ignore',
		reject: false,
	});
	program.unref();
	await until('the power switch', 30, async () => (await runningPid()) !== undefined);
}

/** Ends the switch: from now on nobody can be fenced. */
export async function unplugPower(): Promise<void> {
	const running = await runningPid();
	if (running) {
		process.kill(running, 'SIGTERM');
	}
	await rm(pidFile, {force: true});
}

/** Everything off: first the switch and the hypervisor, so that nothing is switched on again. */
export async function disconnectPower(): Promise<void> {
	await unplugPower();
	await disconnectHypervisor();
	for (const node of nodes) {
		await kill(node);
	}
}

if (process.argv[1] === import.meta.filename && process.argv[2] === 'serve') {
	await serve();
}
