/** What the newest uberblock tells: how far the device got, and how long an import has to listen for another owner (multihost=on). */
export interface Activity {
	txg: number;
	/** Seconds that an import waits for signs of another owner; 0 with multihost=off. */
	listen: number;
	trail: Trail;
	/** When each group of the trail was written, in seconds since 1970, by the clock of the host that wrote it. */
	times: ReadonlyMap<number, number>;
}

/** The last transaction groups that a device has seen, each with what its root pointed to: one past has one root a group. */
export type Trail = ReadonlyMap<number, string>;

/**
 * Whether the first one was written without the second after they parted; nothing where their trails do not overlap. One group beyond
 * the last that both have is no sign: a power cut leaves one that reached one device and not the other.
 */
export function apart(one: Trail, other: Trail): boolean | undefined {
	const common = shared(one, other);
	if (common !== undefined) {
		return [...one.keys()].filter(txg => txg > common).length > 1;
	}
	return Math.max(...one.keys()) >= Math.min(...other.keys()) ? true : undefined;
}

/** The last group that both have; nothing where their trails do not meet. */
export function shared(one: Trail, other: Trail): number | undefined {
	const common = [...one].filter(([txg, root]) => other.get(txg) === root).map(([txg]) => txg);
	return common.length > 0 ? Math.max(...common) : undefined;
}

const RING = 128 * 1024;
const SLOT = 1024;
const MAGIC = 0x00bab10cn;
/** The block pointer to the pool's root, within an uberblock. */
const ROOT = {at: 40, size: 128};
const MMP = {magic: 0xa11cea11n, intervalValid: 1n, failValid: 4n};
/** OpenZFS' own defaults: 20 intervals of one second, twice the time that the writer would take to give up. */
const IMPORT = {intervals: 20, interval: 1000, safety: 2};

/** Scan the ring of uberblocks in a label; the smallest slot is one KiB, larger ones lie on the same grid. */
export function activity(label: Buffer): Activity {
	let best: {txg: bigint; time: bigint; at: number; little: boolean} | undefined;
	const trail = new Map<number, string>();
	const times = new Map<number, number>();
	for (let at = RING; at + SLOT <= label.length; at += SLOT) {
		const little = label.readBigUInt64LE(at) === MAGIC;
		if (little || label.readBigUInt64BE(at) === MAGIC) {
			const txg = word(label, at + 16, little);
			const time = word(label, at + 32, little);
			trail.set(Number(txg), label.toString('base64', at + ROOT.at, at + ROOT.at + ROOT.size));
			// A group that was written twice: an uberblock of its own for multihost, or after a short import. The last one counts.
			times.set(Number(txg), Math.max(Number(time), times.get(Number(txg)) ?? 0));
			if (!best || txg > best.txg || (txg === best.txg && time > best.time)) {
				best = {txg, time, at, little};
			}
		}
	}
	return best ? {txg: Number(best.txg), listen: listen(label, best.at, best.little), trail, times} : {txg: 0, listen: 0, trail, times};
}

const word = (label: Buffer, at: number, little: boolean): bigint => (little ? label.readBigUInt64LE(at) : label.readBigUInt64BE(at));

/** The pool's own write interval decides, where the uberblock carries it. */
function listen(label: Buffer, at: number, little: boolean): number {
	const delay = word(label, at + 184, little);
	if (word(label, at + 176, little) !== MMP.magic || delay === 0n) {
		return 0;
	}
	const config = word(label, at + 192, little);
	const interval = config & MMP.intervalValid ? Number((config >> 8n) & 0xffffffn) : IMPORT.interval;
	const fails = config & MMP.failValid ? Number((config >> 48n) & 0xffffn) : 0;
	const milliseconds = fails > 0 ? fails * interval * IMPORT.safety : IMPORT.intervals * (interval + Number(delay / 1_000_000n));
	return Math.ceil(Math.max(milliseconds, IMPORT.interval) / 1000);
}
