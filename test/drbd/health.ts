import {readdirSync, readFileSync} from 'node:fs';
import t from 'tap';
import {facts} from '../../lib/drbd/events2.ts';
import {health} from '../../lib/drbd/health.ts';
import {golden} from '../golden.ts';

const FIXTURES = new URL('../fixture/', import.meta.url).pathname;

t.test('what monitor says in every captured phase', async t => {
	const rows = ['drbd-8.4.11', 'drbd-9.2.8'].flatMap(version =>
		['alice', 'bob'].flatMap(node =>
			readdirSync(`${FIXTURES}${version}/${node}`)
				.filter(name => /^\d/u.test(name))
				.map(phase => {
					const {code, state, reason} = health(
						facts(readFileSync(`${FIXTURES}${version}/${node}/${phase}/events2-now-statistics.txt`, 'utf8'), 'vmstore'),
						true,
					);
					return `${version} ${node} ${phase} | ${code} | ${state} | ${reason ?? ''}`;
				}),
		),
	);
	golden(t, 'health-drbd.txt', `${rows.join('\n')}\n`);
	t.ok(rows.length > 50);
});

t.test('a Primary without good data has failed; without degraded codes trouble is only a reason', async t => {
	const up = facts(readFileSync(`${FIXTURES}drbd-8.4.11/alice/05-link-cut/events2-now.txt`, 'utf8'), 'vmstore');
	t.equal(health(up && {...up, disk: 'Diskless'}, true).code, 9);
	t.equal(health(up, true).code, 191);
	t.equal(health(up, false).code, 8);
	t.equal(health(up && {...up, role: 'Secondary'}, true).code, 190);
	t.equal(health(undefined, true).code, 7);
	t.match(health(up && {...up, suspended: 'fencing'}, true).reason, /I\/O is held \(fencing\)/u);
});
