import {StonithError} from '../codes.ts';

/** What says where the hypervisor is. */
export interface Place {
	uri: string;
	ip: string;
	ipport: number;
	username: string;
	identity_file: string;
}

/** A hypervisor, and the way to it. */
export interface Where {
	/** As it is called in a sentence. */
	name: string;
	/** For virsh, there where it runs. */
	uri: string;
	/** virsh runs on the other side of this; not over libvirt's own protocol, see lib/README.md. */
	ssh?: {host: string; user: string; port: string; key: string; knownHosts: string; command: string};
	/** virsh runs here and the guests too: their processes can be seen. */
	local: boolean;
}

const URI =
	/^(?<driver>[a-z]+)(?:\+(?<transport>[a-z0-9]+))?:\/\/(?:(?<user>[^@/?]*)@)?(?<host>\[[0-9a-fA-F:.%]+\]|[^:/?@[\]]*)(?::(?<port>\d+))?(?<path>\/[^?#\s]*)?(?:\?(?<query>[^#\s]*))?$/u;
const HOST = /^[\w[][\w.:%[\]-]*$/u;
const USER = /^[\w.][\w.@\\-]*$/u;
/** Parameters of an ssh URI that mean something where virsh runs on the other side, and those that are about libvirt's own way there. */
const USED = ['keyfile', 'known_hosts', 'command', 'socket', 'no_verify'];
const UNUSED = ['no_tty', 'netcat', 'mode', 'proxy', 'sshauth'];

const wrong = (why: string): StonithError => new StonithError('options', why);

/** @throws {StonithError} what is wrong with it */
export function whereOf({uri, ip, ipport, username, identity_file: key}: Place): Where {
	if (uri !== '' && ip !== '') {
		throw wrong('parameters uri and ip: expected one of them, got both');
	}
	const host = ip.includes(':') && !ip.startsWith('[') ? `[${ip}]` : ip;
	const text = uri || (ip === '' ? 'qemu:///system' : `qemu+ssh://${host}:${ipport}/system`);
	const {driver, transport, ...parts} = URI.exec(text)?.groups ?? {};
	if (!driver || (parts['user'] ?? '').includes(':')) {
		throw wrong('parameter uri: expected a URI of libvirt without a password, as qemu:///system or qemu+ssh://root@host/system');
	}
	const query = new URLSearchParams(parts['query']);
	// libvirt reads the name in any case, and every number but 0 as yes.
	if ([...query].some(([name, value]) => name.toLowerCase() === 'no_verify' && value !== '0')) {
		throw wrong('parameter uri: no_verify would let anybody answer for the hypervisor: make its key or certificate known instead');
	}
	if (transport === 'ssh') {
		return overSsh(driver, parts, query, {username, key});
	}
	if (transport === 'tls' && parts['host']) {
		return {name: parts['host'], uri: text, local: false};
	}
	if ((transport === undefined || transport === 'unix') && !parts['host']) {
		return {name: 'of this host', uri: text, local: true};
	}
	throw wrong(`parameter uri: expected a local one, +ssh or +tls, got "${text.slice(0, 60)}"`);
}

function overSsh(
	driver: string,
	{user, host = '', port, path}: Record<string, string | undefined>,
	query: URLSearchParams,
	given: {username: string; key: string},
): Where {
	const unknown = [...query.keys()].find(name => !(USED.includes(name) || UNUSED.includes(name)));
	if (unknown !== undefined) {
		throw wrong(`parameter uri: "${unknown.slice(0, 40)}" has no meaning over ssh: virsh runs on the other side`);
	}
	const login = decoded(user ?? '') || given.username;
	// What begins with a dash would be an option of ssh.
	if (!HOST.test(host) || (login !== '' && !USER.test(login))) {
		throw wrong('parameter uri: expected the name or address of a host, and a login name');
	}
	const socket = query.get('socket');
	return {
		name: host,
		uri: `${driver}://${path || '/system'}${socket === null ? '' : `?socket=${encodeURIComponent(socket)}`}`,
		ssh: {
			host: host.replace(/^\[|\]$/gu, ''),
			user: login,
			port: port ?? '',
			key: query.get('keyfile') ?? given.key,
			knownHosts: query.get('known_hosts') ?? '',
			command: query.get('command') ?? '',
		},
		local: false,
	};
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		throw wrong('parameter uri: the login name is not properly escaped');
	}
}
