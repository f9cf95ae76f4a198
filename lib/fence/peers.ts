/** Another host of a resource, as DRBD's configuration has it. */
export interface Peer {
	name: string;
	/** Where it listens for DRBD; nothing where that is written in a way of its own. */
	address?: string;
}

/** `address ipv4 10.9.1.2:7788;`, `address ipv6 [fd00::1]:7788;` */
const ADDRESS = /\baddress\s+(?:ipv[46]\s+)?(?:\[([\dA-Fa-f:.]+)\]|([\w.-]+)):\d+\b/u;

/** The other hosts in what `drbdadm dump` prints: sections of their own, with an address in them or in a connection's. */
export function peersIn(dump: string): Peer[] {
	const me = /^# resource .+ on (\S+): /mu.exec(dump)?.[1];
	const found = new Map<string, string | undefined>();
	let inside: string | undefined;
	for (const line of dump.split('\n')) {
		const host = /^ {4}on (\S+) \{$/u.exec(line)?.[1]?.replaceAll('"', '');
		const end = /^\s*host\s+"?([^\s"]+)"?\s.*address/u.exec(line)?.[1];
		const [, six, four] = ADDRESS.exec(line) ?? [];
		if (host !== undefined) {
			inside = host;
			found.set(host, found.get(host));
		} else if (/^ {4}\}$/u.test(line)) {
			inside = undefined;
		}
		const whose = end ?? inside;
		if (whose !== undefined && found.has(whose)) {
			found.set(whose, found.get(whose) ?? six ?? four);
		}
	}
	return [...found].filter(([name]) => name !== me).map(([name, address]) => (address === undefined ? {name} : {name, address}));
}
