import {link, list, read} from './host.ts';
import type {Address} from './knock.ts';
import {type Argv, run} from './run.ts';

/** One TCP connection of this host. */
export interface Connection {
	local: Address;
	remote: Address;
	established: boolean;
	inode: string;
}

const ESTABLISHED = '01';

/** As /proc/net/tcp prints it: each word of 32 bits in the host's order (little-endian on what ZFS and Pacemaker run on). */
function address(word: string): Address {
	const [hex = '', port = ''] = word.split(':');
	const bytes = (hex.toLowerCase().match(/.{8}/gu) ?? []).flatMap(part => (part.match(/../gu) ?? []).reverse());
	const mapped = bytes.length === 16 && bytes.slice(0, 12).join('') === '00000000000000000000ffff';
	const last = mapped ? bytes.slice(12) : bytes;
	const host =
		last.length === 4
			? last.map(byte => Number.parseInt(byte, 16)).join('.')
			: (last.join('').match(/.{4}/gu) ?? []).map(part => Number.parseInt(part, 16).toString(16)).join(':');
	return {host, port: Number.parseInt(port, 16)};
}

/** Every TCP connection of this host, by the kernel's tables; without those that only listen. */
export function connections(): Connection[] {
	return ['tcp', 'tcp6'].flatMap(table =>
		(read(`/proc/net/${table}`) ?? '')
			.split('\n')
			.slice(1)
			.flatMap(line => {
				const [, local = '', remote = '', state = '', , , , , , inode = ''] = line.trim().split(/\s+/u);
				return remote && !/:0000$/u.test(remote)
					? [{local: address(local), remote: address(remote), established: state.toUpperCase() === ESTABLISHED, inode}]
					: [];
			}),
	);
}

/** Those of one process. */
export function connectionsOf(pid: number): Connection[] {
	const own = new Set(list(`/proc/${pid}/fd`).flatMap(fd => /^socket:\[(\d+)\]$/u.exec(link(`/proc/${pid}/fd/${fd}`) ?? '')?.[1] ?? []));
	return connections().filter(({inode}) => own.has(inode));
}

/**
 * Drop this host's TCP connections with the other one at these ports, on either end, without a word to it. Who waits there learns at
 * once what the kernel would tell after minutes. Where none is established nobody waits. Gives why it could not be done.
 */
export async function drop(hosts: readonly string[], ports: readonly number[]): Promise<string | undefined> {
	const open = connections().filter(
		({established, local, remote}) => established && ports.some(port => port === local.port || port === remote.port),
	);
	for (const host of hosts.filter(one => open.some(({remote}) => remote.host === one))) {
		const either = ports.flatMap((port, index) => [...(index > 0 ? ['or'] : []), 'sport', '=', `:${port}`, 'or', 'dport', '=', `:${port}`]);
		const argv: Argv = ['ss', '-HKtn', 'dst', host, 'and', '(', ...either, ')'];
		const why = await run(argv, {timeout: 5000}).then(
			({exit, stderr}) => (exit === 0 ? undefined : `ss -K ended with ${exit}: ${stderr.trim()}`),
			String,
		);
		if (why !== undefined) {
			return why;
		}
	}
	return undefined;
}
