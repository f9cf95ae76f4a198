export type Env = Record<string, string | undefined>;

/** What DRBD told the handler, the same for 8.4 and 9. */
export interface Told {
	resource: string;
	minors: number[];
	/** The disks below those minors, in the same order; on 8.4 of the one volume that the event is about, if any. */
	disks: string[];
	/** The disk that this is about, where it is about one. */
	disk: string | undefined;
	/** The configuration that drbdadm read. */
	conf: string | undefined;
	/** The peer that this is about, by the name in drbd.conf; nothing when DRBD did not say. */
	peer: string | undefined;
	/** Every node of the resource with its node id, and which of them DRBD still trusts; 9 only. */
	nodes: {id: number; name: string; upToDate: boolean}[];
	/** This node's own id; 9 only. */
	myId: number | undefined;
	peerId: number | undefined;
}

/** 8.4 gives names (DRBD_PEER, DRBD_PEERS), 9 gives node ids and a table of them. */
export function told(env: Env, resource = env['DRBD_RESOURCE'] ?? ''): Told {
	const whole = (name: string): number | undefined => (/^\d+$/u.test(env[name] ?? '') ? Number(env[name]) : undefined);
	const mask = upToDate(env['UP_TO_DATE_NODES']);
	const nodes = Object.entries(env).flatMap(([key, names]) => {
		const id = /^DRBD_NODE_ID_(\d+)$/u.exec(key)?.[1];
		const [name] = (names ?? '').trim().split(/\s+/u);
		return id === undefined || !name ? [] : [{id: Number(id), name, upToDate: mask(Number(id))}];
	});
	const peerId = whole('DRBD_PEER_NODE_ID');
	const words = (name: string): string[] => (env[name] ?? '').trim().split(/\s+/u).filter(Boolean);
	const [peer] = (env['DRBD_PEER'] || env['DRBD_PEERS'] || '').trim().split(/\s+/u);
	return {
		resource,
		minors: words('DRBD_MINOR')
			.filter(word => /^\d+$/u.test(word))
			.map(Number),
		disks: words('DRBD_LL_DISK'),
		disk: env['DRBD_BACKING_DEV'] || (words('DRBD_LL_DISK').length === 1 ? words('DRBD_LL_DISK')[0] : undefined),
		conf: env['DRBD_CONF'] || undefined,
		peer: nodes.find(({id}) => id === peerId)?.name ?? (peer || undefined),
		nodes: nodes.sort((one, other) => one.id - other.id),
		myId: whole('DRBD_MY_NODE_ID'),
		peerId,
	};
}

/** Where no kernel asked: one of our own programs looks after a resource. */
export const unasked = (resource: string, minors: number[], peer?: string): Told => ({
	resource,
	minors,
	disks: [],
	disk: undefined,
	conf: undefined,
	peer,
	nodes: [],
	myId: undefined,
	peerId: undefined,
});

/** UP_TO_DATE_NODES=0x00000003: bit n stands for node id n. */
function upToDate(text: string | undefined): (id: number) => boolean {
	const mask = /^0x[0-9a-f]{1,16}$/iu.test(text ?? '') ? BigInt(text ?? '') : 0n;
	return id => (mask >> BigInt(id)) % 2n === 1n;
}
