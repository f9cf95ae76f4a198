import {list, read, real} from '../host.ts';
import type {Address} from '../knock.ts';
import {type SessionWord, sessionWord} from './states.ts';

/** Which leg: one logical unit of one target at one portal. */
export interface Where {
	target: string;
	/** Address and port, as `portalOf` gives it. */
	portal: Address;
	lun: number;
	/** The program that drives the initiator, by its path or as iscsiadm. */
	iscsiadm: string;
}

/** What the kernel says of a leg's session; nothing in it was asked of iscsid. */
export interface Session {
	/** Its name in /sys/class/iscsi_session. */
	id: string;
	state: SessionWord;
	/** Seconds, or `off`. */
	replacement: string;
	noop: {interval: number; timeout: number};
	/** The SCSI host that belongs to this session alone. */
	host: string;
	disk: Disk | undefined;
}

/** The leg's disk. Its name changes with every login. */
export interface Disk {
	name: string;
	/** running, blocked (held), offline, transport-offline, ... */
	state: string;
	/** The logical unit's own identity, the same at every login; empty where the target gives none. */
	wwid: string;
	timeout: number;
	/** How often a command failed, as the kernel counts. */
	errors: string;
}

/** Lost, and not let go: what asks the pool may wait for it. */
export const isHeld = (here: Session | undefined): boolean => here?.state === 'FAILED' || here?.state === 'FREE';

const SESSIONS = '/sys/class/iscsi_session';
const line = (path: string): string => read(path)?.trim() ?? '';

/** `ADDRESS`, `ADDRESS:PORT`, `[IPV6]` or `[IPV6]:PORT`; nothing when it is none of them. */
export function portalOf(text: string): Address | undefined {
	const {six, host, port} = /^(?:\[(?<six>[\dA-Fa-f:.]+)\]|(?<host>[\w.-]+))(?::(?<port>\d{1,5}))?$/u.exec(text)?.groups ?? {};
	const name = six ?? host;
	return name === undefined ? undefined : {host: name, port: Number(port ?? 3260)};
}

/** As iscsiadm takes it. */

/** Every session to this target and portal: more than one is somebody's mistake, and the first one is ours. */
export function sessionsTo({target, portal, lun}: Where): Session[] {
	return list(SESSIONS)
		.filter(id => line(`${SESSIONS}/${id}/targetname`) === target)
		.flatMap(id => {
			const device = `${SESSIONS}/${id}/device`;
			const connection = list(device).find(name => name.startsWith('connection')) ?? '';
			const at = `${device}/${connection}/iscsi_connection/${connection}`;
			if (line(`${at}/persistent_address`) !== portal.host || Number(line(`${at}/persistent_port`)) !== portal.port) {
				return [];
			}
			return [
				{
					id,
					state: sessionWord(line(`${SESSIONS}/${id}/state`)),
					replacement: line(`${SESSIONS}/${id}/recovery_tmo`),
					noop: {interval: Number(line(`${at}/recv_tmo`)), timeout: Number(line(`${at}/ping_tmo`))},
					...unit(device, lun),
				},
			];
		});
}

/** A session's SCSI target, and its logical unit's disk where there is one. */
function unit(device: string, lun: number): {host: string; disk: Disk | undefined} {
	const target = list(device).find(entry => entry.startsWith('target')) ?? '';
	// Without any unit there is no target yet: the host is above the session.
	const host = /\/(?<host>host\d+)\/session\d+$/u.exec(real(device))?.groups?.['host'] ?? `host${/\d+/u.exec(target)?.[0] ?? ''}`;
	const address = list(`${device}/${target}`).find(entry => entry.endsWith(`:${lun}`) && /^\d+:\d+:\d+:\d+$/u.test(entry));
	const at = `${device}/${target}/${address}`;
	const [name] = address === undefined ? [] : list(`${at}/block`);
	return {
		host,
		disk:
			name === undefined
				? undefined
				: {
						name,
						state: line(`${at}/state`),
						wwid: line(`${at}/wwid`),
						timeout: Number(line(`${at}/timeout`)),
						errors: line(`${at}/ioerr_cnt`),
					},
	};
}
