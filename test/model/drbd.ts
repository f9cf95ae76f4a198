// Two nodes with DRBD 8.4, a pool and its guests, in every order in which things can happen: what holds, and which guard sees to it.
import t from 'tap';
import {FENCE} from '../../lib/fence/codes.ts';
import {ROWS, verdict} from '../../lib/fence/verdict.ts';
import {model} from './drbd/model.ts';
import {RULES, type Rules} from './drbd/rules.ts';
import {type Explored, explore} from './explore.ts';

/** Two faults are some millions of worlds: for the long run. */
const BOUNDS = {writes: 2, faults: Number(process.env['TWINPOOL_FAULTS'] ?? 1)};

const story = ({accidents}: Explored): string => accidents.map(({broken, path}) => [broken, ...path].join('\n  ')).join('\n\n');

t.test('whatever fails, at whatever moment', async t => {
	const all = explore(model(BOUNDS));
	t.equal(story(all), '', `${all.states} worlds, ${all.moves} moves between them, the farthest ${all.depth} moves away`);
	t.ok(all.states > 3000, 'the model has not come to a standstill');
});

/** Without a row of fence-peer's table, or some. */
const withoutRow = (why: RegExp, many = 1): Partial<Rules> => {
	const rows = ROWS.filter(row => !why.test(row.why));
	t.equal(rows.length, ROWS.length - many, `${why} is ${many} of them`);
	return {verdict: situation => verdict(situation, rows)};
};
const SERVED = 'no way leads to: the pool and its guests are served';
const STOPS = 'no way leads to: a stop that is under way is over';
const IN_STEP = 'no way leads to: both sides are in step, and no constraint is left';

/** The rules without the guard, an accident that one fault leads to, and one that takes two. */
const TEETH: Record<string, [Partial<Rules>, string, string?]> = {
	'a member is asked whether it still answers': [withoutRow(/^the peer counts as a member/u), SERVED],
	'the constraint is written when it answers': [withoutRow(/^only the storage link is cut: the peer is alive in the cluster/u), SERVED],
	'with the constraint, the Primary goes on': [withoutRow(/has the constraint, which forbids its promotion/u), SERVED, STOPS],
	'a connection is given up only when the peer is known to be down': [{down: node => ({down: true, why: node.name})}, SERVED],
	'the monitor lifts a constraint that was left over': [{tends: false}, IN_STEP],
};

for (const [guard, [without, near, far]] of Object.entries(TEETH)) {
	t.test(`without the guard "${guard}"`, async t => {
		const found = explore(model(BOUNDS, {...RULES, ...without}), true);
		const broken = found.accidents.map(accident => accident.broken);
		for (const accident of far && BOUNDS.faults > 1 ? [near, far] : [near]) {
			t.ok(broken.includes(accident), `${accident}: ${story(found)}`);
		}
	});
}

/** Without this guard, the nearest of each accident with two faults; that there is none would be millions of worlds. Those far away: in the long run. */
const TWICE: Record<string, {without: Partial<Rules>; near: string[]; far: string[]}> = {
	'fence-peer asks at all': {
		without: {verdict: () => ({when: {}, step: FENCE.FENCED, why: 'it was not asked'})},
		near: ['one node is Primary', 'the data has one history'],
		far: ['who serves has every acknowledged write', 'the pool is imported on one node', 'no guest runs on both nodes'],
	},
	'a peer that left its cluster while it was promoted is not taken for demoted': {
		without: withoutRow(/^contact with the peer ended during its shutdown|^the peer may be Primary still/u, 2),
		near: ['one node is Primary'],
		far: [],
	},
	'the target of a resync is kept from promotion until its source has heard of the end': {
		without: {forbids: false},
		near: [],
		far: ['the data has one history'],
	},
	'the target of a resync lifts no constraint': {without: {targetLifts: true}, near: [], far: ['the data has one history']},
};

for (const [guard, {without, near, far}] of Object.entries(TWICE)) {
	for (const accident of BOUNDS.faults > 1 ? [...near, ...far] : near) {
		t.test(`two faults, without the guard "${guard}": ${accident}`, async t => {
			const {invariants, ...rest} = model({writes: 1, faults: 2}, {...RULES, ...without});
			const only = Object.fromEntries(Object.entries(invariants).filter(([sentence]) => sentence === accident));
			const [found] = explore({...rest, invariants: only}, true).accidents;
			t.equal(found?.broken, accident, found?.path.join('\n  ') ?? 'nothing broke');
		});
	}
}
