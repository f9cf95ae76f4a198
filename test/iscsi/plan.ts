import t from 'tap';
import {leg} from '../../lib/iscsi/index.ts';
import {machine} from '../../lib/iscsi/machine.ts';
import {SESSIONS, VDEVS} from '../../lib/iscsi/states.ts';
import {plan} from '../../lib/plan.ts';

const steps = (goal: string, session: string, vdev: string): string =>
	plan(machine, machine.resolveState({value: {session, vdev}, context: {}}), leg.goals[goal] ?? {reach: [], by: []})
		?.map(({type}) => type)
		.join(' ') ?? 'no way';

t.test('what keeps a leg in its mirror', async t => {
	t.equal(steps('keep', 'LOGGED_IN', 'ONLINE'), '');
	t.equal(steps('keep', 'FAILED', 'ONLINE'), 'release login', 'a session that failed is let go first');
	t.equal(steps('keep', 'none', 'UNAVAIL'), 'login online');
	t.equal(steps('keep', 'LOGGED_IN', 'UNAVAIL'), 'online');
	t.equal(steps('keep', 'LOGGED_IN', 'FAULTED'), 'online');
	t.equal(steps('keep', 'LOGGED_IN', 'REMOVED'), 'online');
	t.equal(steps('keep', 'LOGGED_IN', 'OFFLINE'), '', 'what somebody took offline is theirs');
	t.equal(steps('keep', 'LOGGED_IN', 'DEGRADED'), '', 'checksum errors are for people');
	t.equal(steps('wait', 'none', 'absent'), '', 'what start did not compare must not come into the reach of the import');
	t.equal(steps('wait', 'FAILED', 'absent'), 'release', 'an import that reads from a lost leg would wait for ever');
});

t.test('from everywhere there is a way, and never online without a session', async t => {
	for (const session of SESSIONS) {
		for (const vdev of VDEVS) {
			for (const goal of ['keep', 'wait']) {
				const way = steps(goal, session, vdev).split(' ');
				t.not(way[0], 'no', `${goal} from ${session} ${vdev}`);
				t.ok(way[0] !== 'online' || session === 'LOGGED_IN', `${goal} from ${session} ${vdev}: online only over a session`);
			}
		}
	}
});
