/** What the newest uberblock tells: how far the device got, and how long an import has to listen for another owner (multihost=on). */
export interface Activity {
	txg: number;
	/** Seconds that an import waits for signs of another owner; 0 with multihost=off. */
	listen: number;
}

const RING = 128 * 1024;
const SLOT = 1024;
const MAGIC = 0x00bab10cn;
const MMP = {magic: 0xa11cea11n, intervalValid: 1n, failValid: 4n};
/** OpenZFS' own defaults: 20 intervals of one second, twice the time that the writer would take to give up. */
const IMPORT = {intervals: 20, interval: 1000, safety: 2};

/** Scan the ring of uberblocks in a label; the smallest slot is one KiB, larger ones lie on the same grid. */
export function activity(label: Buffer): Activity {
	let best: {txg: bigint; time: bigint; at: number; little: boolean} | undefined;
	for (let at = RING; at + SLOT <= label.length; at += SLOT) {
		const little = label.readBigUInt64LE(at) === MAGIC;
		if (little || label.readBigUInt64BE(at) === MAGIC) {
			const txg = word(label, at + 16, little);
			const time = word(label, at + 32, little);
			if (!best || txg > best.txg || (txg === best.txg && time > best.time)) {
				best = {txg, time, at, little};
			}
		}
	}
	return best ? {txg: Number(best.txg), listen: listen(label, best.at, best.little)} : {txg: 0, listen: 0};
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
