// Every combination of what can be seen of a volume: what it is called, and what is done about it.
import t from 'tap';
import {copy} from '../../lib/gluster/index.ts';
import {machine} from '../../lib/gluster/machine.ts';
import {type Facts, mayRun, type Quorum, type Role, WORDS, type Word, wordOf} from '../../lib/gluster/states.ts';
import {plan} from '../../lib/plan.ts';

const [YES, NO] = [true, false];
const roles: readonly Role[] = ['both', 'ahead', 'behind', 'none'];
const quorums: readonly Quorum[] = ['both', 'one', 'other'];
const both = [YES, NO];
/** Out of reach, back, and found by clients. */
const PEERS = [
	{peer: NO, settled: NO},
	{peer: YES, settled: NO},
	{peer: YES, settled: YES},
];
const everything: Facts[] = both.flatMap(started =>
	both.flatMap(guarded =>
		both.flatMap(brick =>
			both.flatMap(daemon =>
				PEERS.flatMap(seen =>
					both.flatMap(leads =>
						roles.flatMap(role => quorums.map(quorum => ({started, guarded, brick, daemon, ...seen, leads, role, quorum}))),
					),
				),
			),
		),
	),
);
const first = (word: Word): string | undefined =>
	plan(machine, machine.resolveState({value: word, context: {}}), copy.goals['keep'] ?? {reach: [], by: []})?.[0]?.type;

t.test('what is done in each state', async t => {
	t.same(Object.fromEntries(WORDS.map(word => [word, first(word)])), {
		together: undefined,
		healing: 'complete',
		exposed: 'raise',
		parted: 'declare',
		declared: 'lower',
		alone: undefined,
		left: undefined,
		stale: 'halt',
		dead: 'revive',
		halted: undefined,
		idle: undefined,
		unguarded: undefined,
	});
});

t.test('every state is met', async t => {
	t.same([...new Set(everything.map(wordOf))].sort(), [...WORDS].sort());
});

t.test('one copy is enough only by right', async t => {
	for (const facts of everything.filter(facts => first(wordOf(facts)) === 'lower')) {
		t.match(facts, {guarded: true, role: 'ahead', peer: false, brick: true});
	}
	for (const facts of everything.filter(({guarded, started, brick}) => guarded && started && brick)) {
		const word = wordOf(facts);
		if (facts.role === 'behind') {
			t.equal(word, facts.peer ? 'left' : 'stale', 'a copy that is behind takes nothing on its own, whatever the quorum is now');
		}
		if (facts.role === 'none') {
			t.equal(word, 'left', 'without a lease nothing is ended');
		}
		if (facts.role === 'both' && !facts.peer) {
			t.equal(word, 'parted', 'first the lease, whatever the quorum is');
		}
	}
});

t.test('a brick that is behind is not started out of sight of the other one', async t => {
	for (const facts of everything.filter(({guarded, started, brick}) => guarded && started && !brick)) {
		const {daemon, peer, settled, role} = facts;
		const may = role === 'both' || role === 'ahead' || (role === 'behind' ? settled : peer);
		// A glusterd that runs would start it.
		const halted = daemon && !peer && role === 'behind' ? 'stale' : 'halted';
		t.equal(wordOf(facts), may ? 'dead' : halted);
		t.equal(mayRun(facts), may);
	}
});

t.test('with a third vote only bricks are seen to', async t => {
	for (const facts of everything.filter(({guarded, started}) => !guarded && started)) {
		t.equal(first(wordOf(facts)), facts.brick ? undefined : 'revive');
	}
});
