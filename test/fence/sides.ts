// twinpool side, asked about a DRBD resource: every guard is where the request is answered, not only where it is made.
import t from 'tap';
import {twinpool} from '../fake/datasets.ts';
import {acts, twoSides} from '../fake/two-sides.ts';

t.setTimeout(120_000);

t.test('what a side is asked is checked there too', async t => {
	const {alice, bob} = twoSides(t, 'drbd-8.4.11');
	const request = {
		ask: 'discard',
		resource: 'vmstore',
		expect: ['A251A22C1333BF93', '13F4990D1863A537'],
		withoutCopy: false,
		within: 20_000,
	};
	const side = async (more: object): Promise<{why?: string}> => {
		const {stdout} = await twinpool(bob, {input: JSON.stringify({...request, ...more})}, 'side');
		return JSON.parse(stdout) as {why?: string};
	};
	t.match(await side({expect: ['A251A22C1333BF93', 'FFFFFFFFFFFFFFFF']}), {why: /is no longer at the generation that was shown/u});
	t.match(await side({expect: []}), {why: /is no longer at the generation that was shown/u});
	t.match(await side({resource: '--help'}), {why: 'this is no request of twinpool'});
	t.match(await side({resource: 'vmstore; reboot'}), {why: 'this is no request of twinpool'});
	t.match(await side({ask: 'destroy'}), {why: 'this is no request of twinpool'});
	bob.put('/proc/spl/kstat/zfs/tank/state', 'ONLINE\n');
	t.match(await side({}), {why: /^tank is imported: zpool export tank/u});
	bob.remove('/proc/spl');
	const dump = bob.read('/dump');
	bob.put('/dump', dump.replaceAll('/dev/zvol/rpool/vm1', '/dev/vdb'));
	t.match(await side({}), {why: /^no snapshot can be taken of \/dev\/vdb: --without-copy/u});
	bob.put('/dump', dump);
	const events = bob.read('/events');
	bob.put('/events', events.replace('disk:UpToDate', 'disk:Inconsistent'));
	t.match(await side({ask: 'connect'}), {why: 'volume 0 is Inconsistent: it is no source of a resync'});
	bob.put('/events', bob.read('/met'));
	t.match(await side({}), {why: 'vmstore is connected: nothing has to be given up'});
	t.same(acts(bob), []);
	t.same(acts(alice), []);
});
