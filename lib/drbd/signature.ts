import {closeSync, openSync, readSync} from 'node:fs';
import {at} from '../host.ts';

/** Where ZFS keeps the uberblocks of its first label, and their magic number in this machine's byte order (vdev_impl.h, uberblock_impl.h). */
const RING = {start: 128 * 1024, length: 128 * 1024, slot: 1024};
const MAGIC = 0x00ba_b10cn;

/** Whether the device carries a ZFS label. A device that cannot be read carries none for us. */
export function carriesZfs(device: string): boolean {
	try {
		const file = openSync(at(device), 'r');
		try {
			const ring = Buffer.alloc(RING.length);
			const length = readSync(file, ring, 0, RING.length, RING.start);
			return [...new Array(RING.length / RING.slot).keys()].some(
				slot => slot * RING.slot + 8 <= length && ring.readBigUInt64LE(slot * RING.slot) === MAGIC,
			);
		} finally {
			closeSync(file);
		}
	} catch {
		return false;
	}
}
