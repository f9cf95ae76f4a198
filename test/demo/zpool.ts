// ocf:twinpool:zpool as built, with everything that can be wrong.
import t from 'tap';
import {agent} from '../../agents/zpool.ts';
import {matrix, metacharacters} from '../fake/matrix.ts';
import {twin} from '../fake/twin.ts';
import {rows} from '../fake/zpool-table.ts';

t.setTimeout(280_000);
t.test('bad input', {timeout: 280_000}, t => matrix(t, 'zpool', rows));
t.test('shell metacharacters in every parameter', {timeout: 280_000}, t => metacharacters(t, 'zpool', Object.keys(agent.params)));

t.test('two actions at once', async t => {
	const {starts, stops, pool, strays} = await twin('promoted', async ({alpha, act}) => {
		const both = await Promise.all([act(alpha, 'zpool', 'start'), act(alpha, 'zpool', 'start')]);
		const ends = await Promise.all([act(alpha, 'zpool', 'stop'), act(alpha, 'zpool', 'stop')]);
		return {starts: both, stops: ends, pool: alpha.pool};
	});
	t.same(
		starts.map(({exit}) => exit),
		[0, 0],
		'two starts both succeed',
	);
	t.same(
		stops.map(({exit}) => exit),
		[0, 0],
		'two stops both succeed',
	);
	t.equal(pool, undefined);
	t.same([...starts, ...stops].flatMap(({left}) => left).concat(strays), [], 'no child is left');
});
