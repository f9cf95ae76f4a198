/** A node: an emulated machine whose disks are files and whose life is a pid file. */
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {execa} from 'execa';
import {type Node, nodes, runDirectory} from './config.ts';
import {hypervisorRuns, virsh} from './hypervisor.ts';
import type {Image} from './image.ts';
import {board, equipment, file} from './machine.ts';
import {say} from './report.ts';
import {ask, hangUp} from './ssh.ts';
import {until} from './wait.ts';

const dataSize = '2G';

/** New disks for both nodes: the image underneath, nothing of the past. */
export async function freshDisks(image: Image): Promise<void> {
	await mkdir(runDirectory, {recursive: true});
	for (const node of nodes) {
		await kill(node);
		await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', image.root, file(node, 'root')]);
		for (const disk of ['data', 'spare']) {
			await rm(file(node, disk), {force: true});
			await execa('qemu-img', ['create', '-q', '-f', 'raw', file(node, disk), dataSize]);
		}
		for (const part of ['kernel', 'initrd'] as const) {
			await execa('ln', ['-sf', image[part], file(node, part)]);
		}
	}
}

export async function pid(node: Node): Promise<number | undefined> {
	const text = await readFile(file(node, 'pid'), 'utf8').catch(() => '');
	const found = Number.parseInt(text, 10);
	if (!(found > 0)) {
		return undefined;
	}
	const command = await readFile(`/proc/${found}/cmdline`, 'utf8').catch(() => '');
	return command.includes(file(node, 'pid')) ? found : undefined;
}

/** Power on; nothing happens when it is on. */
export async function start(node: Node): Promise<void> {
	if (await pid(node)) {
		return;
	}
	await hangUp(node);
	if (await hypervisorRuns()) {
		await virsh('start', node);
		return;
	}
	// Before whatever else the host does: what is timed are the nodes. Where sessions are grouped, the group's niceness counts.
	await execa('nice', ['-n', '-10', 'qemu-system-x86_64', ...board(node), ...equipment(node), '-daemonize'], {stdin: 'ignore'});
	await writeFile(`/proc/${await pid(node)}/autogroup`, '-10').catch(() => undefined);
}

/** Power off, as a cut cable does it; returns when the process is gone. */
export async function kill(node: Node): Promise<void> {
	const running = await pid(node);
	if (!running) {
		return;
	}
	process.kill(running, 'SIGKILL');
	await until(`${node} without power`, 30, async () => (await pid(node)) === undefined, 20);
}

const answers = async (node: Node): Promise<boolean> => (await ask(node, 'systemctl is-active lab-node.service', 20)).exit === 0;

/** Until a node that was started answers; one that does not is started once more, and that is said. */
export async function booted(node: Node): Promise<void> {
	const limit = 240;
	try {
		await until(`${node} up`, limit, () => answers(node));
	} catch {
		say(`${node} did not come up within ${limit} s: starting it once more`);
		await kill(node);
		await start(node);
		await until(`${node} up at the second start`, limit, () => answers(node));
	}
}
