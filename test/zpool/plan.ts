import t from 'tap';
import {transition} from 'xstate';
import {plan} from '../../lib/plan.ts';
import {search} from '../../lib/search.ts';
import {zpool} from '../../lib/zpool/index.ts';
import {machine} from '../../lib/zpool/machine.ts';
import {WORDS, type Word, wordOf} from '../../lib/zpool/states.ts';

const life = zpool(() => undefined);
const way = (goal: 'start' | 'stop', state: Word): string =>
	plan(machine, machine.resolveState({value: state, context: {}}), life.goals[goal] ?? {reach: [], by: []})
		?.map(({type}) => type)
		.join(' ') ?? 'no way';

t.test('goal and state give the steps', async t => {
	const table: Record<Word, [start: string, stop: string]> = {
		absent: ['import', ''],
		ONLINE: ['', 'export'],
		DEGRADED: ['', 'export'],
		OFFLINE: ['state:ONLINE', 'export'],
		REMOVED: ['state:ONLINE', 'export'],
		TRANSITIONING: ['state:ONLINE', 'export'],
		FAULTED: ['no way', 'export'],
		UNAVAIL: ['no way', 'export'],
		SUSPENDED: ['no way', 'no way'],
	};
	for (const state of WORDS) {
		t.same([way('start', state), way('stop', state)], table[state], state);
	}
});

t.test('a word that we do not know is a failure, and stop still works', async t => {
	t.equal(wordOf('SPLENDID'), 'FAULTED');
	t.equal(wordOf('absent'), 'FAULTED', 'the kernel has no such word');
	t.equal(wordOf(''), 'TRANSITIONING');
	t.equal(way('stop', wordOf('SPLENDID')), 'export');
});

t.test('why there is no way', async t => {
	t.match(life.refusal('stop', {state: 'SUSPENDED', said: 'SUSPENDED'}, params), {
		code: 1,
		message:
			'no way to stop: tank is imported and SUSPENDED: its devices are gone, every command would hang; only fencing or a reboot frees it',
	});
	t.match(life.refusal('start', {state: 'FAULTED', said: 'FAULTED'}, params), {
		code: 1,
		message: /imported and FAULTED: too many devices/u,
	});
	t.match(life.refusal('start', {state: 'FAULTED', said: 'SPLENDID'}, params), {
		message: 'no way to start: tank is imported and SPLENDID, which is no state that we know',
	});
});

t.test('every state is reachable, every move is described, and absent is the only stopped one', async t => {
	const here = machine.resolveState({value: 'absent', context: {}});
	const events = ['import', 'export', ...WORDS.map(word => `state:${word}`)];
	const seen = [
		...search(
			here,
			at => events.filter(type => at.can({type} as never)).map(type => [type, transition(machine, at, {type} as never)[0]] as const),
			at => JSON.stringify(at.value),
		),
	];
	t.same(new Set(seen.map(({state}) => state.value)), new Set(WORDS));
	t.same(
		seen.filter(({state}) => state.hasTag('Stopped')).map(({state}) => state.value),
		['absent'],
		'FAULTED is still imported',
	);
	for (const [name, {on}] of Object.entries(machine.config.states ?? {})) {
		for (const [type, move] of Object.entries(on ?? {})) {
			t.ok((move as {description?: string}).description, `${name} ${type}`);
		}
	}
});

const params = {
	pool: 'tank',
	importargs: '',
	importforce: 'auto' as const,
	devices: [],
	holders: 'report' as const,
	degraded: false,
	zvol_wait: 0,
	instance: 'pool',
};
