// Two nodes with a half of a mirror each, in every order in which things can happen: what holds, and which guard sees to it.
import t from 'tap';
import {type Explored, explore} from './explore.ts';
import {model} from './iscsi/model.ts';

/** Two faults are for the long run. */
const BOUNDS = {writes: 2, faults: Number(process.env['TWINPOOL_FAULTS'] ?? 1)};

const story = ({accidents}: Explored): string => accidents.map(({broken, path}) => [broken, ...path].join('\n  ')).join('\n\n');

t.test('whatever fails, at whatever moment', async t => {
	const begun = process.cpuUsage();
	const all = explore(model(BOUNDS));
	const {user, system} = process.cpuUsage(begun);
	const seconds = ((user + system) / 1e6).toFixed(1);
	t.equal(
		story(all),
		'',
		`iscsi, ${BOUNDS.faults} faults, ${BOUNDS.writes} writes: ${all.states} worlds, ${all.moves} moves, the farthest ${all.depth} away, ${seconds} s`,
	);
	t.ok(all.states > 3000, 'the model has not come to a standstill');
});
