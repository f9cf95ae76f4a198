import {readFileSync} from 'node:fs';
import {at, read} from '../host.ts';
import type {Label} from '../vdev/label.ts';

/** This host as ZFS knows it. */
export interface Host {
	name: string;
	/** 0: none, and then ZFS cannot tell this host from another one. */
	id: number;
}

/** The kernel's own order: the module's parameter, then /etc/hostid (four bytes in the host's order). */
export function thisHost(): Host {
	const name = read('/proc/sys/kernel/hostname')?.trim() ?? '';
	return {name, id: Number(read('/sys/module/spl/parameters/spl_hostid')?.trim() ?? 0) || fileId()};
}

function fileId(): number {
	try {
		const bytes = readFileSync(at('/etc/hostid'));
		return bytes.length >= 4 ? bytes.readUInt32LE(0) : 0;
	} catch {
		return 0;
	}
}

/** What the labels say of the right to import: free to take, ours, or somebody else's until proved otherwise. */
export type Claim = {free: string} | {ours: string; force: boolean} | {owner: string; hostid: number; twin: boolean};

const NOBODY = /^(\(none\)|localhost(\..*)?|)$/u;

/** Who has the right to the pool, by the newest label. Names are unique in a cluster; host ids only if somebody saw to it. */
export function claim({state, hostname, hostid}: Label, here: Host): Claim {
	if (state === 'exported') {
		return {free: 'it was exported'};
	}
	if (hostname === here.name && !NOBODY.test(hostname)) {
		return {ours: 'this host had it last', force: hostid !== here.id};
	}
	return {owner: hostname || `a host without a name (hostid ${hostid.toString(16)})`, hostid, twin: hostid !== 0 && hostid === here.id};
}
