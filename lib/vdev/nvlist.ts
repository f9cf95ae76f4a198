/** A ZFS name-value list as it is stored: XDR, big-endian, every pair with its own length. Types that nobody asks for are skipped. */
export interface Nv {
	[name: string]: NvValue;
}
export type NvValue = string | number | bigint | boolean | Nv | Nv[];

const XDR = 1;
const TYPE = {BOOLEAN: 1, INT32: 5, UINT32: 6, INT64: 7, UINT64: 8, STRING: 9, NVLIST: 19, NVLIST_ARRAY: 20, BOOLEAN_VALUE: 21} as const;
/** A label nests three deep; more is garbage that would eat the stack. */
const DEEPEST = 16;

/** @throws {RangeError} when the bytes are no such list */
export function nvlist(bytes: Buffer): Nv {
	if (bytes[0] !== XDR) {
		throw new RangeError('not an XDR name-value list');
	}
	return new Reader(bytes.subarray(4)).list(0);
}

class Reader {
	private at = 0;
	private readonly bytes: Buffer;
	constructor(bytes: Buffer) {
		this.bytes = bytes;
	}

	list(depth: number): Nv {
		if (depth > DEEPEST) {
			throw new RangeError('nested too deep');
		}
		const pairs: Nv = {};
		this.at += 8; // version and flags
		while (true) {
			const begin = this.at;
			const size = this.u32();
			this.at += 4; // the size in memory
			if (size === 0) {
				return pairs;
			}
			if (size < 20) {
				throw new RangeError('a pair without room for its name');
			}
			const name = this.string();
			const value = this.value(this.u32(), this.u32(), depth);
			if (value !== undefined) {
				pairs[name] = value;
			}
			this.at = begin + size;
		}
	}

	private value(type: number, count: number, depth: number): NvValue | undefined {
		switch (type) {
			case TYPE.BOOLEAN:
				return true;
			case TYPE.BOOLEAN_VALUE:
				return this.u32() !== 0;
			case TYPE.INT32:
			case TYPE.UINT32:
				return this.u32();
			case TYPE.INT64:
			case TYPE.UINT64:
				this.at += 8;
				return this.bytes.readBigUInt64BE(this.at - 8);
			case TYPE.STRING:
				return this.string();
			case TYPE.NVLIST:
				return this.list(depth + 1);
			case TYPE.NVLIST_ARRAY:
				if (count > this.bytes.length / 16) {
					throw new RangeError('more lists than fit');
				}
				return Array.from({length: count}, () => this.list(depth + 1));
			default:
				return undefined;
		}
	}

	private u32(): number {
		this.at += 4;
		return this.bytes.readUInt32BE(this.at - 4);
	}

	private string(): string {
		const length = this.u32();
		const begin = this.at;
		if (begin + length > this.bytes.length) {
			throw new RangeError('a string beyond the end');
		}
		this.at += Math.ceil(length / 4) * 4;
		return this.bytes.toString('utf8', begin, begin + length);
	}
}
