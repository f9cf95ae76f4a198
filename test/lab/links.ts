/** QEMU's own control socket: cutting a link, freezing a node. */
import {once} from 'node:events';
import {createConnection} from 'node:net';
import {createInterface} from 'node:readline';
import type {Link, Node} from './config.ts';
import {monitorSocket} from './machine.ts';

async function control(node: Node, command: string, options: object = {}): Promise<void> {
	const socket = createConnection(monitorSocket(node));
	await once(socket, 'connect');
	const lines = createInterface({input: socket})[Symbol.asyncIterator]();
	const send = async (execute: string, values: object): Promise<void> => {
		socket.write(`${JSON.stringify({execute, arguments: values})}\n`);
		while (true) {
			const {value, done} = await lines.next();
			if (done) {
				throw new Error(`${node}: no answer to ${execute}`);
			}
			const reply = JSON.parse(value);
			if (reply.error) {
				throw new Error(`${node}: ${execute}: ${reply.error.desc}`);
			}
			if ('return' in reply) {
				return;
			}
		}
	};
	try {
		await lines.next();
		await send('qmp_capabilities', {});
		await send(command, options);
	} finally {
		socket.destroy();
	}
}

export const cut = (node: Node, link: Link): Promise<void> => control(node, 'set_link', {name: `${link}-card`, up: false});
export const join = (node: Node, link: Link): Promise<void> => control(node, 'set_link', {name: `${link}-card`, up: true});
export const freeze = (node: Node): Promise<void> => control(node, 'stop');
export const thaw = (node: Node): Promise<void> => control(node, 'cont');
/** A disk that answers nothing but what it has taken already, as a dying one; 0: as it was. Bytes a second. */
export const throttle = (node: Node, disk: string, bytes: number): Promise<void> =>
	control(node, 'block_set_io_throttle', {
		device: disk,
		bps: bytes,
		...Object.fromEntries(['bps_rd', 'bps_wr', 'iops', 'iops_rd', 'iops_wr'].map(name => [name, 0])),
	});
