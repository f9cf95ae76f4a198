import t from 'tap';
import {poolStatus} from '../../lib/vdev/status.ts';
import {captured, PHASES} from '../fake/leg.ts';

const LEG = '11130579161232254456';

t.test('each captured phase', async t => {
	const seen = Object.fromEntries(
		PHASES.map(phase => {
			const {state, vdevs, resilver} = poolStatus(captured(phase, 'status'));
			return [phase, `${state} ${vdevs.get(LEG)?.state} ${vdevs.get(LEG)?.resilvering} ${resilver?.done ?? '-'} ${vdevs.size}`];
		}),
	);
	t.same(seen, {
		healthy: 'ONLINE ONLINE false - 3',
		failed: 'ONLINE ONLINE false - 3',
		released: 'DEGRADED UNAVAIL false - 3',
		back: 'DEGRADED UNAVAIL false - 3',
		resilvering: 'ONLINE ONLINE true 54.34 3',
		resilvered: 'ONLINE ONLINE false - 3',
	});
	t.equal(poolStatus(captured('resilvering', 'status')).resilver?.eta, 'no estimated completion time');
});

t.test('no such pool, or nothing', async t => {
	t.equal(poolStatus("cannot open 'tank': no such pool\n").vdevs.size, 0);
	t.equal(poolStatus('').state, '');
});
