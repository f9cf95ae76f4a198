// ocf:twinpool:drbd as built, with everything that can be wrong.
import t from 'tap';
import {agent} from '../../agents/drbd.ts';
import {rows} from '../fake/drbd-table.ts';
import {matrix, metacharacters} from '../fake/matrix.ts';
import {twin} from '../fake/twin.ts';

t.setTimeout(280_000);
t.test('bad input', {timeout: 280_000}, t => matrix(t, 'drbd', rows));
t.test('shell metacharacters in every parameter', {timeout: 280_000}, t => metacharacters(t, 'drbd', Object.keys(agent.params)));

t.test('two actions at once', async t => {
	const {ended, role, strays} = await twin('down', async ({alpha, bravo, act}) => {
		const starts = await Promise.all([act(alpha, 'drbd', 'start'), act(alpha, 'drbd', 'start'), act(bravo, 'drbd', 'start')]);
		const promotes = await Promise.all([
			act(alpha, 'drbd', 'promote'),
			act(alpha, 'drbd', 'promote'),
			act(alpha, 'drbd', 'monitor', {interval: 10_000}),
		]);
		return {ended: [...starts, ...promotes], role: alpha.resource?.role};
	});
	t.same(
		ended.slice(0, 5).map(({exit}) => exit),
		[0, 0, 0, 0, 0],
		'two starts and two promotions both succeed',
	);
	t.match(`${ended[5]?.exit}`, /^[08]$/u, 'a monitor beside them sees one of the two roles');
	t.equal(role, 'Primary');
	t.same([...ended.flatMap(({left}) => left), ...strays], [], 'no child is left');
});

t.test('both sides promote at once: one Primary', async t => {
	const {exits, broken} = await twin('up', async ({world, alpha, bravo, act}) => {
		const ended = await Promise.all([act(alpha, 'drbd', 'promote', {timeout: 5000}), act(bravo, 'drbd', 'promote', {timeout: 5000})]);
		return {exits: ended.map(({exit}) => exit).sort(), broken: world.broken};
	});
	t.same([exits, broken], [[0, 1], []]);
});
