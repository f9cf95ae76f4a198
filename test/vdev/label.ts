import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import t from 'tap';
import {label} from '../../lib/vdev/label.ts';
import {nvlist} from '../../lib/vdev/nvlist.ts';
import {activity} from '../../lib/vdev/uberblock.ts';

const FIXTURES = new URL('../fixture/', import.meta.url).pathname;
/** The first 256 KiB of /dev/drbd0 of the lab's alpha, with the pool imported. */
const real = (): Buffer => gunzipSync(readFileSync(`${FIXTURES}zpool/drbd0.label.gz`));

t.test('a real label, as zdb reads it', async t => {
	const seen = await label(real());
	const {stdout} = JSON.parse(readFileSync(`${FIXTURES}zfs-2.1.11/drbd-primary-zdb-label.json`, 'utf8')) as {stdout: string};
	// The capture is of another pool of the same recipe: the words are equal, guids and owner are not.
	const zdb = (key: string): string | undefined => new RegExp(`^ +${key}: '?([^'\n]+)`, 'mu').exec(stdout)?.[1];
	t.match(seen, {
		pool: zdb('name'),
		path: zdb('path'),
		tops: Number(zdb('vdev_children')),
	});
	t.match(seen, {
		hostname: 'alpha',
		hostid: 1,
		state: 'active',
		txg: 42,
		poolGuid: '10899516524290195228',
		guid: '14260373496529157658',
		encrypted: false,
	});
	t.same(seen?.leaves, [{guid: '14260373496529157658', path: '/dev/drbd0'}]);
	t.match(seen?.activity, {txg: 99, listen: 0}, 'the newest uberblock is ahead of the label');
	t.equal(Math.max(...(seen?.activity.trail.keys() ?? [])), 99, 'the trail ends there');
});

t.test('the second copy stands in for the first', async t => {
	const torn = real();
	torn.fill(0, 16 * 1024, 20 * 1024);
	t.equal(await label(torn), undefined, 'a torn label is none');
	const flipped = real();
	flipped.writeUInt8(flipped.readUInt8(17 * 1024) ^ 1, 17 * 1024);
	t.equal(await label(flipped), undefined, 'one bit is enough');
	t.equal(await label(real(), 256 * 1024), undefined, 'a copy knows its own place: one from elsewhere does not count');
});

t.test('what is no label', async t => {
	for (const bytes of [Buffer.alloc(0), Buffer.alloc(512 * 1024), Buffer.alloc(256 * 1024, 0xff), Buffer.from('garbage')]) {
		t.equal(await label(bytes), undefined);
	}
	const body = real().subarray(16 * 1024, 128 * 1024);
	for (let cut = 1; cut < 1000; cut += 7) {
		t.throws(() => nvlist(body.subarray(0, cut)), RangeError, `cut at ${cut}`);
	}
	const endless = Buffer.alloc(64);
	endless.writeUInt8(1, 0);
	endless.writeUInt32BE(4, 12);
	t.throws(() => nvlist(endless), RangeError, 'a pair that leads nowhere');
});

t.test('multihost=on costs the time that the pool itself asks for', async t => {
	const listen = (delay: bigint, config: bigint, magic = 0xa11cea11n): number => {
		const bytes = Buffer.alloc(256 * 1024);
		const at = 128 * 1024 + 3 * 1024;
		bytes.writeBigUInt64LE(0x00bab10cn, at);
		bytes.writeBigUInt64LE(7n, at + 16);
		bytes.writeBigUInt64LE(magic, at + 176);
		bytes.writeBigUInt64LE(delay, at + 184);
		bytes.writeBigUInt64LE(config, at + 192);
		return activity(bytes).listen;
	};
	t.equal(listen(0n, 0n), 0, 'off');
	t.equal(listen(1_000_000_000n, 0n, 0n), 0, 'an old pool');
	t.equal(listen(1_000_000_000n, 1n | (1000n << 8n) | 4n | (10n << 48n)), 20, 'ten intervals of a second, twice');
	t.equal(listen(500_000_000n, 1n | (1000n << 8n)), 30, 'no limit of failures: twenty intervals and the delay');
});
