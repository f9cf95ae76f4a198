import {closeSync, constants, openSync, readSync} from 'node:fs';
import {at} from '../host.ts';

/** One side of one volume, as the kernel prints it when two nodes meet: the generation identifiers, and how many bits are set. */
export interface Side {
	current: string;
	bitmap: string;
	history: string[];
	/** Blocks of 4 KiB that were written since the sides parted. */
	bits?: number;
	flags?: string;
}

export interface Meeting {
	minor: number;
	self: Side | undefined;
	peer: Side | undefined;
}

const {O_RDONLY, O_NONBLOCK} = constants;
const RECORD = 8192;
/** More than any kernel's log holds; a log that is written faster than it is read ends here. */
const MOST = 50_000;
/** What was printed earlier than this before the last meeting was another one's, in microseconds. */
const TOGETHER = 10_000_000;

/** `self A:B:C:D bits:N flags:F`, of `block drbd0: ` on 8.4 and of `drbd RESOURCE/VOLUME drbd0 PEER: ` on 9. */
const LINE =
	/^\d+,\d+,(\d+),[^;]*;(?:block drbd(\d+)|drbd (\S+)\/\d+ drbd(\d+)(?: \S+)?): (self|peer) ([\dA-F:]{67}) bits:(\d+) flags:([\dA-F]+)/gmu;
const IDENTIFIERS = /^([\dA-F]{16}):([\dA-F]{16}):([\dA-F]{16}):([\dA-F]{16})/u;

/** The last meeting of each of these volumes in the kernel's log: both sides, from the one place where 8.4 tells of the peer's. */
export function meetings(text: string, resource: string, minors: readonly number[]): Meeting[] {
	const lines = [...text.matchAll(LINE)].flatMap(([, time = '', old, name, minor, side, ids = '', bits, flags = '']) => {
		const mine = name === undefined ? minors.includes(Number(old)) : name === resource;
		const found = mine ? sideOf(ids) : undefined;
		return found ? [{time: Number(time), minor: Number(old ?? minor), side, is: {...found, bits: Number(bits), flags}}] : [];
	});
	const last = lines.at(-1)?.time ?? 0;
	const met = new Map<number, Meeting>();
	for (const {time, minor, side, is} of lines) {
		if (time >= last - TOGETHER) {
			const before = met.get(minor) ?? {minor, self: undefined, peer: undefined};
			met.set(minor, {...before, [side === 'self' ? 'self' : 'peer']: is});
		}
	}
	return [...met.values()].sort((one, other) => one.minor - other.minor);
}

/** Our own sides in what `drbdadm show-gi` prints: one block a volume, in the order of the volumes. */
export function shown(text: string, minors: readonly number[]): Meeting[] {
	const sides = text.split('\n').flatMap(line => sideOf(line.trim()) ?? []);
	return sides.length === minors.length ? sides.map((self, index) => ({minor: minors[index] ?? 0, self, peer: undefined})) : [];
}

function sideOf(ids: string): Side | undefined {
	const [, current, bitmap, ...history] = IDENTIFIERS.exec(ids) ?? [];
	return current && bitmap ? {current, bitmap, history} : undefined;
}

/** The kernel's log as its device gives it, one record a read and never waiting; what of it can be read. */
export function kernelLog(): string {
	const records: string[] = [];
	let file: number | undefined;
	try {
		file = openSync(at('/dev/kmsg'), O_RDONLY + O_NONBLOCK);
		const buffer = Buffer.alloc(RECORD);
		for (let count = 0; count < MOST; count += 1) {
			const length = next(file, buffer);
			if (length === 0) {
				break;
			}
			records.push(buffer.toString('utf8', 0, length));
		}
	} catch {
		// EAGAIN: that was the last record. Anything else: nobody may read it here.
	} finally {
		if (file !== undefined) {
			closeSync(file);
		}
	}
	return records.join('');
}

/** EPIPE says that records were overwritten before they were read, and that the next read goes on behind them. */
function next(file: number, buffer: Buffer): number {
	try {
		return readSync(file, buffer);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EPIPE') {
			return readSync(file, buffer);
		}
		throw error;
	}
}
