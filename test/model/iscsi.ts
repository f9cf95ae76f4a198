// Two nodes with a half of a mirror each, in every order in which things can happen: what holds, and which guard sees to it.
import t from 'tap';
import type {Membership} from '../../lib/cluster/cib.ts';
import {type Explored, explore} from './explore.ts';
import {model} from './iscsi/model.ts';
import {RULES, type Rules} from './iscsi/rules.ts';

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
		`iscsi, faults: ${BOUNDS.faults}, writes: ${BOUNDS.writes}: ${all.states} worlds, ${all.moves} moves, the farthest ${all.depth} away, ${seconds} s`,
	);
	t.ok(all.states > 2000, 'the model has not come to a standstill');
});

/** The table of release.ts, in which one row says as much as a fenced node's. */
const row = (wrong: Membership): Partial<Rules> => ({
	doubt: (cib, me) =>
		RULES.doubt({...cib, nodes: cib.nodes.map(node => (node.membership === wrong ? {...node, membership: 'fenced'} : node))}, me),
});
const BROKEN = {
	current: 'the halves that the lease calls current have every acknowledged write',
	one: 'the pool is imported on one node',
	read: 'what the pool reads has every acknowledged write',
	said: 'the pool goes on without a half only when the lease says so',
	served: 'no way leads to: the pool is served',
	step: 'no way leads to: both halves are in step, and the lease says so',
	stop: 'no way leads to: a stop that is under way is over',
} as const;
/** The planner may not use this verb. */
const withoutVerb = (verb: string): Partial<Rules> => ({
	goals: {...RULES.goals, keep: {reach: RULES.goals['keep']?.reach ?? [], by: (RULES.goals['keep']?.by ?? []).filter(one => one !== verb)}},
});

/** The rules without the guard, and the accident. */
type Tooth = [Partial<Rules>, string];

const ONCE: Record<string, Tooth> = {
	'who holds the lease is known to be down': [{judge: ({name}) => ({down: true, why: name})}, BROKEN.one],
	'a start takes what is not in reach out of the lease': [
		{
			grant: claim => {
				const said = RULES.grant(claim);
				return 'refused' in said || !claim.lease ? said : {...said, next: {...said.next, current: claim.lease.current, behind: {}}};
			},
		},
		BROKEN.said,
	],
	'the lease says that the leg is behind before it is let go': [{without: lease => lease}, BROKEN.said],
	'a leg is complete when its own resilver is over': [{progress: () => ({resilvered: true})}, BROKEN.current],
	'who holds the lease takes the pool again': [
		{grant: claim => (claim.lease?.holder === claim.me ? {refused: 'it is back'} : RULES.grant(claim))},
		BROKEN.served,
	],
	'a leg that has everything again is in the lease': [{complete: lease => lease}, BROKEN.step],
};

const TWICE: Record<string, Tooth> = {
	'a half that is behind is refused': [
		{
			grant: claim => {
				const lease = claim.lease && {...claim.lease, current: claim.leaves.map(({guid}) => guid), behind: {}};
				return RULES.grant({...claim, lease});
			},
		},
		BROKEN.read,
	],
	'writes wait for a node that is lost': [row('lost'), BROKEN.read],
	'writes wait for a node that is only joining': [row('joining'), BROKEN.current],
	'a member shows the lease in its own copy': [{shows: () => true}, BROKEN.read],
	'a session that came back had a leg that was current': [{returned: () => true}, BROKEN.said],
	'a leg that is lost is let go': [withoutVerb('release'), BROKEN.stop],
};

/** The nearest accident, in the words of the log. */
function bites(guard: string, faults: number, [without, accident]: Tooth): void {
	t.test(`without the guard "${guard}"`, async t => {
		const {accidents} = explore(model({writes: 1, faults}, {...RULES, ...without}), true);
		const found = accidents.find(({broken}) => broken === accident);
		t.ok(found, `${accident}: ${found?.path.join('; ') ?? accidents.map(({broken}) => broken).join('; ')}`);
	});
}

for (const [guard, tooth] of Object.entries(ONCE)) {
	bites(guard, 1, tooth);
}
// Each some tens of thousands of worlds.
for (const [guard, tooth] of BOUNDS.faults > 1 ? Object.entries(TWICE) : []) {
	bites(guard, 2, tooth);
}
