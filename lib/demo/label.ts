import {createHash} from 'node:crypto';
import type {Label} from './host.ts';

/** ZFS keeps four labels of this size, two at each end of a device. */
const LABEL = 256 * 1024;
/** The name-value list, after the blank and the boot header. */
const LIST = 16 * 1024;
const UBERBLOCKS = 128 * 1024;
const UBERBLOCK = {magic: 0x00ba_b10cn, version: 5000n, size: 1024};
const SEAL = {magic: 0x0210_da7a_b10c_7a11n, size: 40};
/** A device's length; sparse, so it may be as large as one likes. */
export const SIZE = 1_048_508 * 1024;

type Value = bigint | string | {[name: string]: Value};

/** The two labels at a device's beginning, each with its own offset in the checksum. */
export function labels(label: Label, path: string): Buffer {
	const disk = Buffer.alloc(2 * LABEL);
	for (const at of [0, LABEL]) {
		phys(config(label, path), at + LIST).copy(disk, at + LIST);
		uberblock(label).copy(disk, at + UBERBLOCKS);
	}
	return disk;
}

/** The list in its 112 KiB, sealed with a SHA-256 of itself and its place. */
function phys(list: Record<string, Value>, offset: number): Buffer {
	const out = Buffer.alloc(UBERBLOCKS - LIST);
	nvlist(list).copy(out);
	const seal = out.length - SEAL.size;
	out.writeBigUInt64LE(SEAL.magic, seal);
	const verifier = Buffer.alloc(SEAL.size - 8);
	verifier.writeBigUInt64LE(BigInt(offset));
	createHash('sha256')
		.update(out.subarray(0, seal + 8))
		.update(verifier)
		.digest()
		.swap64()
		.copy(out, seal + 8);
	return out;
}

function config({pool, guid, state, txg, hostid, hostname}: Label, path: string): Record<string, Value> {
	const vdev = {
		type: 'disk',
		id: 0n,
		guid: guid + 1n,
		path,
		whole_disk: 0n,
		metaslab_array: 65n,
		metaslab_shift: 29n,
		ashift: 12n,
		asize: BigInt(SIZE),
		is_log: 0n,
		create_txg: 4n,
	};
	return {
		version: 5000n,
		name: pool,
		state: state === 'active' ? 0n : 1n,
		txg: BigInt(txg),
		pool_guid: guid,
		errata: 0n,
		hostid: BigInt(hostid),
		hostname,
		top_guid: guid + 1n,
		guid: guid + 1n,
		vdev_children: 1n,
		vdev_tree: vdev,
		features_for_read: {},
	};
}

const uint = (value: number): Buffer => {
	const out = Buffer.alloc(4);
	out.writeInt32BE(value);
	return out;
};
const string = (text: string): Buffer => {
	const bytes = Buffer.from(text);
	return Buffer.concat([uint(bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
};
const TYPES = {uint64: 8, string: 9, nvlist: 19};

/** A name-value list in XDR, as libnvpair packs it. */
function nvlist(list: Record<string, Value>): Buffer {
	return Buffer.concat([Buffer.from([1, 1, 0, 0]), body(list)]);
}

function body(list: Record<string, Value>): Buffer {
	return Buffer.concat([uint(0), uint(1), ...Object.entries(list).map(([name, value]) => pair(name, value)), uint(0), uint(0)]);
}

function pair(name: string, value: Value): Buffer {
	const [type, data] = encode(value);
	const rest = Buffer.concat([string(name), uint(type), uint(1), data]);
	return Buffer.concat([uint(rest.length + 8), uint(rest.length + 8), rest]);
}

function encode(value: Value): [number, Buffer] {
	if (typeof value === 'bigint') {
		const out = Buffer.alloc(8);
		out.writeBigUInt64BE(BigInt.asUintN(64, value));
		return [TYPES.uint64, out];
	}
	if (typeof value === 'string') {
		return [TYPES.string, string(value)];
	}
	return [TYPES.nvlist, body(value as Record<string, Value>)];
}

function uberblock({txg}: Label): Buffer {
	const out = Buffer.alloc(UBERBLOCK.size);
	const words = [UBERBLOCK.magic, UBERBLOCK.version, BigInt(txg), 0n, BigInt(Math.floor(Date.now() / 1000))];
	for (const [index, word] of words.entries()) {
		out.writeBigUInt64LE(word, index * 8);
	}
	return out;
}
