import {link, list, read} from '../host.ts';
import type {Address} from '../knock.ts';

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
