// Parameters that are lists: one wrong word among many right ones is refused at once, and not after all ways to read them were tried.
import t from 'tap';
import {agent as gluster} from '../../agents/gluster.ts';
import {agent as zpool} from '../../agents/zpool.ts';

const LISTS = [
	['devices of a pool', zpool.params.devices.schema, '/dev/disk/by-id/scsi-SATA_disk ', 9, 'sda'],
	['options of a volume', gluster.params.options.schema, 'a.b.c.d=1 ', 24, 'features.shard'],
] as const;

for (const [what, schema, word, times, wrong] of LISTS) {
	t.test(what, async t => {
		const {user} = process.cpuUsage();
		t.notOk(schema.safeParse(word.repeat(times) + wrong).success);
		t.ok(schema.safeParse(word.repeat(times)).success);
		const took = (process.cpuUsage().user - user) / 1000;
		t.ok(took < 1000, `${Math.round(took)} ms`);
	});
}
