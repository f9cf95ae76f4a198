import * as z from 'zod/mini';
import {type Nv, nvlist} from './nvlist.ts';
import {type Activity, activity} from './uberblock.ts';

/** A device carries four labels of this size; the first two are at its beginning. */
export const LABEL = 256 * 1024;
const PHYS = {at: 16 * 1024, size: 112 * 1024};
const ECK = {size: 40, magic: 0x0210da7ab10c7a11n};
const STATES = ['active', 'exported', 'destroyed', 'spare', 'l2cache'] as const;

/** A disk of the pool, and the path by which it was opened last. */
export interface Leaf {
	guid: string;
	path: string;
}

/** What a device says of the pool that it belongs to. */
export interface Label {
	pool: string;
	poolGuid: string;
	/** Of this device, and of the mirror or raidz that it is a part of. */
	guid: string;
	topGuid: string;
	path: string;
	state: (typeof STATES)[number];
	/** The transaction group in which the label was written: the newest one is right about the owner. */
	txg: number;
	/** The last owner. A host without a host id writes none: 0. */
	hostid: number;
	hostname: string;
	/** How many top-level vdevs the pool has, and every disk below this device's. */
	tops: number;
	leaves: Leaf[];
	encrypted: boolean;
	activity: Activity;
}

const u64 = z.bigint();
interface Tree {
	guid: bigint;
	path?: string | undefined;
	children?: Tree[] | undefined;
}
const TREE: z.ZodMiniType<Tree> = z.object({guid: u64, path: z.optional(z.string()), children: z.optional(z.lazy(() => z.array(TREE)))});
const CONFIG = z.object({
	name: z.string(),
	state: u64,
	txg: u64,
	pool_guid: u64,
	guid: u64,
	top_guid: u64,
	hostid: z.optional(u64),
	hostname: z.optional(z.string()),
	vdev_children: z.optional(u64),
	vdev_tree: TREE,
	features_for_read: z.optional(z.record(z.string(), z.unknown())),
});

/** The label in these bytes of a device, read from `offset`. Nothing where there is none, or none that is whole. */
export async function label(bytes: Buffer, offset = 0): Promise<Label | undefined> {
	const phys = bytes.subarray(PHYS.at, PHYS.at + PHYS.size);
	if (bytes.length < LABEL || !(await whole(phys, BigInt(offset + PHYS.at)))) {
		return undefined;
	}
	const {data: config} = CONFIG.safeParse(parsed(phys));
	return config && facts(config, activity(bytes));
}

function facts(config: z.infer<typeof CONFIG>, seen: Activity): Label {
	const leaves = disks(config.vdev_tree);
	const guid = `${config.guid}`;
	return {
		pool: config.name,
		poolGuid: `${config.pool_guid}`,
		guid,
		topGuid: `${config.top_guid}`,
		path: leaves.find(leaf => leaf.guid === guid)?.path ?? '',
		state: STATES[Number(config.state)] ?? 'active',
		txg: Number(config.txg),
		hostid: Number(config.hostid ?? 0),
		hostname: config.hostname ?? '',
		tops: Number(config.vdev_children ?? 1),
		leaves,
		encrypted: 'com.datto:encryption' in (config.features_for_read ?? {}),
		activity: seen,
	};
}

function disks({guid, path, children}: Tree): Leaf[] {
	if (children) {
		return children.flatMap(disks);
	}
	return path === undefined ? [] : [{guid: `${guid}`, path}];
}

function parsed(phys: Buffer): Nv | undefined {
	try {
		return nvlist(phys);
	} catch {
		return undefined;
	}
}

/** The label ends in a SHA-256 of itself, with its own offset in the checksum's place. */
async function whole(phys: Buffer, offset: bigint): Promise<boolean> {
	const eck = phys.subarray(phys.length - ECK.size);
	const little = eck.readBigUInt64LE(0) === ECK.magic;
	if (!little && eck.readBigUInt64BE(0) !== ECK.magic) {
		return false;
	}
	const verifier = Buffer.alloc(ECK.size - 8);
	if (little) {
		verifier.writeBigUInt64LE(offset);
	} else {
		verifier.writeBigUInt64BE(offset);
	}
	// Imported late: node 18 cannot keep it in a start-up snapshot.
	const {createHash} = await import('node:crypto');
	const digest = createHash('sha256')
		.update(phys.subarray(0, phys.length - ECK.size + 8))
		.update(verifier)
		.digest();
	// Four words in the byte order of the host that wrote them.
	const stored = little ? Buffer.from(eck.subarray(8)).swap64() : eck.subarray(8);
	return digest.equals(stored);
}
