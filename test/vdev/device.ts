// How long a device may leave us waiting.
import {readFileSync, truncateSync, writeFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import t from 'tap';
import {deadlineOf} from '../../lib/deadline.ts';
import {lookAt} from '../../lib/vdev/device.ts';

t.test('what this process computes meanwhile is no waiting', async t => {
	const disk = `${t.testdir({})}/disk`;
	writeFileSync(disk, gunzipSync(readFileSync(new URL('../fixture/zpool/drbd0.label.gz', import.meta.url))));
	truncateSync(disk, 64 * 1024 * 1024);
	const look = lookAt(disk, deadlineOf(20_000));
	const end = performance.now() + 3500;
	while (performance.now() < end) {
		// As a label's checksum does on a host that is slow.
	}
	t.equal((await look).label?.pool, 'tank');
});
