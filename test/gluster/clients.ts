// Clients learn that one copy is enough before they learn that the other one is gone.
import {setTimeout as sleep} from 'node:timers/promises';
import t from 'tap';
import {called, kept, nothing, parted, says} from '../fake/gluster-keeper.ts';

t.test('a mount that does not go by the new quorum yet is waited for: told that the other side is gone, its writes would fail', async t => {
	const goesBy = '/vol/.meta/graphs/active/vm-replicate-0/options/quorum-count';
	const {here} = await kept(t, nothing, [
		parted(here => {
			here.put('/proc/self/mountinfo', `${here.read('/proc/self/mountinfo')}40 20 0:40 / /vol rw - fuse.glusterfs localhost:/vm rw\n`);
			here.put(goesBy, '2\n');
		}),
		[
			here => called(here, /volume set vm cluster.quorum-count 1/u),
			async here => {
				await sleep(1500);
				t.notOk(called(here, /^ss .*55196/u), 'longer than one that cannot be asked');
				here.put(goesBy, '1\n');
			},
		],
		[says(/^alone/u), nothing],
	]);
	t.ok(called(here, /^ss .*55196/u));
});
