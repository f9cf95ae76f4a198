// The soak's order of faults: the same for the same seed, none left out, both sides of each in turn.
import fc from 'fast-check';
import t from 'tap';
import {troubles as drbd} from './lab/fault/drbd.ts';
import {troubles as gluster} from './lab/fault/gluster.ts';
import {troubles as iscsi} from './lab/fault/iscsi.ts';
import {schedule} from './lab/schedule.ts';

const layouts = {drbd, iscsi, gluster};
const seeds = fc.integer({min: 0, max: 1_000_000});
const told = (plan: ReturnType<typeof schedule>): string[] => plan.map(({trouble, role}) => `${trouble.name} ${role}`);

for (const [name, troubles] of Object.entries(layouts)) {
	t.test(name, async t => {
		t.equal(new Set(troubles.map(trouble => trouble.name)).size, troubles.length, 'no two have one name');
		fc.assert(
			fc.property(seeds, seed => {
				const plan = schedule(troubles, seed, 3 * troubles.length);
				const deals = [0, 1, 2].map(deal => plan.slice(deal * troubles.length, (deal + 1) * troubles.length));
				const all = deals.every(deal => new Set(deal.map(({trouble}) => trouble)).size === troubles.length);
				const own = plan.every(({trouble: {roles}, role}) => !roles || roles.includes(role));
				const sides = troubles
					.filter(({roles}) => !roles)
					.every(({name}) => {
						const mine = plan.filter(({trouble}) => trouble.name === name).map(({role}) => role);
						return mine[0] !== mine[1] && mine[0] === mine[2];
					});
				return all && own && sides;
			}),
			{numRuns: 50},
		);
		t.pass('every trouble once a deal, on its own sides, and on the other one in the next');
		const plan = told(schedule(troubles, 7, 20));
		t.same(told(schedule(troubles, 7, 20)), plan, 'the same seed has the same ones again');
		t.same(told(schedule(troubles, 7, 40)).slice(0, 20), plan, 'and a longer run begins with them');
		const names = (seed: number): string[] => schedule(troubles, seed, 2 * troubles.length).map(({trouble}) => trouble.name);
		t.notSame(names(9), names(7), 'another one has another order');
		t.notSame(names(7).slice(troubles.length), names(7).slice(0, troubles.length), 'and so has the next deal');
		const turns = schedule(troubles, 7, troubles.length);
		const free = turns.flatMap(({trouble, role}, index) => (trouble.roles ? [] : [(index + Number(role === 'holder')) % 2]));
		t.equal(new Set(free).size, 1, 'holder and standby take turns');
	});
}

t.test('nothing to choose from', async t => {
	t.throws(() => schedule([], 1, 1), /nothing to choose from/u);
});
