// Two nodes with a copy of a Gluster volume each, in every order in which things can happen: what holds, and which guard sees to it.
import t from 'tap';
import type {Membership} from '../../lib/cluster/cib.ts';
import {type Explored, explore} from './explore.ts';
import {model} from './gluster/model.ts';
import {RULES, type Rules} from './gluster/rules.ts';

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
		`gluster, faults: ${BOUNDS.faults}, writes: ${BOUNDS.writes}: ${all.states} worlds, ${all.moves} moves, the farthest ${all.depth} away, ${seconds} s`,
	);
	t.ok(all.states > 5000, 'the model has not come to a standstill');
});

/** The table of release.ts, in which one row says as much as a fenced node's. */
const row = (wrong: Membership): Partial<Rules> => ({
	doubt: (cib, me) =>
		RULES.doubt({...cib, nodes: cib.nodes.map(node => (node.membership === wrong ? {...node, membership: 'fenced'} : node))}, me),
});
/** The planner may not use this verb. */
const withoutVerb = (verb: string): Partial<Rules> => ({
	goals: {keep: {reach: ['Kept'], by: (RULES.goals['keep']?.by ?? []).filter(one => one !== verb)}},
});
const BROKEN = {
	blame: 'the copies do not blame each other',
	alone: 'a copy takes writes alone only where every lease that counts says so',
	both: 'no two copies take writes alone',
	current: 'the copies that a lease calls current have every acknowledged write',
	step: 'no way leads to: both copies have everything, writes need both, and the lease says so',
} as const;

/** The rules without the guard, and the accident. */
type Tooth = [Partial<Rules>, string];

const TEETH: Record<string, Tooth> = {
	'the lease says that the other copy is behind before one copy is enough': [
		{wordOf: facts => RULES.wordOf(facts.role === 'both' && !facts.peer ? {...facts, role: 'ahead'} : facts), told: () => true},
		BROKEN.alone,
	],
	'the lease is compared before it is set': [{matches: () => true}, BROKEN.both],
	'writes wait for a node that is lost': [row('lost'), BROKEN.alone],
	'a member shows the lease in its own copy': [{shows: () => true}, BROKEN.alone],
	'what nobody was asked about is asked before one copy is enough': [{told: () => true}, BROKEN.alone],
	'a copy that is behind and out of sight ends its brick and holds glusterd': [withoutVerb('halt'), BROKEN.blame],
	'and begins again when clients have found the other one': [
		{wordOf: facts => RULES.wordOf({...facts, settled: facts.settled || facts.peer})},
		BROKEN.blame,
	],
	'writes need both copies before the lease may say that both have everything': [
		{wordOf: facts => RULES.wordOf(facts.role === 'ahead' && facts.peer ? {...facts, quorum: 'both'} : facts)},
		BROKEN.step,
	],
	'nothing is left to heal before the lease says so': [{healed: () => true}, BROKEN.current],
	'clients have heard that they need both before the lease says that both have everything': [{reached: () => true}, BROKEN.current],
	'the lease says that both have everything again': [withoutVerb('complete'), BROKEN.step],
	'a stop gives the other node the say before one copy is enough': [{resigned: lease => lease}, BROKEN.alone],
	'that all is healed is said of the lease that was read first': [{seen: (_read, now) => now}, BROKEN.alone],
	'a node that stops is not called complete before it says that it is back': [{stopped: () => false}, BROKEN.alone],
};

/** The nearest accident of this name, in the words of the log. */
function bites(guard: string, [without, accident]: Tooth): void {
	t.test(`without the guard "${guard}"`, async t => {
		const whole = model({writes: 2, faults: 1}, {...RULES, ...without});
		const holds = whole.invariants[accident];
		const {accidents} = explore({...whole, invariants: holds ? {[accident]: holds} : {}}, holds !== undefined);
		const found = accidents.find(({broken}) => broken === accident);
		t.ok(found, `${accident}: ${found?.path.join('; ') ?? 'it does not happen'}`);
	});
}

for (const [guard, tooth] of Object.entries(TEETH)) {
	bites(guard, tooth);
}
