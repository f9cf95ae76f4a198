import {readFileSync} from 'node:fs';
import t from 'tap';
import {facts} from '../../lib/drbd/events2.ts';
import {passing} from '../../lib/drbd/settled.ts';
import type {Facts} from '../../lib/drbd/states.ts';

t.test('what is on its way, and what stays', async t => {
	const text = readFileSync(new URL('../fixture/drbd-8.4.11/bob/04-primary-uptodate/events2-now.txt', import.meta.url), 'utf8');
	const seen = facts(text, 'vmstore') as Facts;
	t.equal(passing(seen), false, 'in step');
	t.equal(passing({...seen, disk: 'Consistent'}), true, 'attached, the peer not asked yet');
	t.equal(passing({...seen, disk: 'Negotiating'}), true);
	t.equal(passing({...seen, volumes: seen.volumes.map(volume => ({...volume, replication: 'WFBitMapT'}))}), true, 'comparing');
	t.equal(
		passing({...seen, disk: 'Inconsistent', volumes: seen.volumes.map(volume => ({...volume, replication: 'SyncTarget'}))}),
		false,
		'a resync takes its time',
	);
	t.equal(passing({...seen, role: 'Primary', disk: 'Consistent'}), false, 'a Primary is served at once');
});
