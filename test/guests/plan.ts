import t from 'tap';
import {transition} from 'xstate';
import {guests} from '../../lib/guests/index.ts';
import {machine} from '../../lib/guests/machine.ts';
import {active, meant, WORDS, type Word, well, wordOf} from '../../lib/guests/states.ts';
import {memory, type Task} from '../../lib/guests/task.ts';
import {plan} from '../../lib/plan.ts';
import {search} from '../../lib/search.ts';

const ALL: readonly Word[] = [...WORDS, 'absent'];
const way = (goal: 'start' | 'stop' | 'fence', value: Word, now: boolean): string =>
	plan(machine, machine.resolveState({value, context: {now}}), guests.goals[goal] ?? {reach: [], by: []})
		?.map(({type}) => type)
		.join(' ') ?? 'no way';

t.test('goal and state give the steps', async t => {
	const table: Record<Word, [start: string, asking: string, late: string, fence: string]> = {
		absent: ['define start', '', '', ''],
		'shut off': ['start', '', '', ''],
		running: ['', 'shutdown state:shut off', 'destroy', 'destroy'],
		idle: ['', 'shutdown state:shut off', 'destroy', 'destroy'],
		'in shutdown': ['', 'state:shut off', 'destroy', 'destroy'],
		paused: ['', 'destroy', 'destroy', 'destroy'],
		pmsuspended: ['', 'destroy', 'destroy', 'destroy'],
		crashed: ['no way', 'destroy', 'destroy', 'destroy'],
		'no state': ['no way', 'destroy', 'destroy', 'destroy'],
	};
	for (const word of ALL) {
		t.same([way('start', word, false), way('stop', word, false), way('stop', word, true), way('fence', word, true)], table[word], word);
	}
});

t.test('every state but two is active, and so is a word that we do not know', async t => {
	t.same(
		ALL.filter(word => !active(word)),
		['shut off', 'absent'],
	);
	t.ok(active(wordOf(8)) && active(wordOf(-1)) && active(wordOf(Number.NaN)));
	for (const word of ALL) {
		const at = machine.resolveState({value: word, context: {now: true}});
		t.equal(at.hasTag('Active'), active(word), word);
		t.equal(at.hasTag('Stopped'), !active(word), word);
	}
	t.notOk(well({word: 'paused', reason: 5}));
	t.ok(well({word: 'paused', reason: 12}), 'post-copy migration');
	t.ok(meant({word: 'shut off', reason: 1}) && !meant({word: 'shut off', reason: 2}));
});

t.test('a set is where its hindmost guest is', async t => {
	const at = async (wayOf: Task['way'], ...words: Word[]) => {
		const task: Task = {
			way: wayOf,
			uri: '',
			parallel: 1,
			now: () => false,
			grace: 0,
			members: [],
			stale: new Set(),
			concern: 'all',
			memory: memory(),
			log: () => undefined,
		};
		const facts = {guests: words.map((word, index) => ({uuid: `${index}`, name: `g${index}`, word, reason: 0})), silent: undefined};
		return (await guests.resolve(facts, task)).value;
	};
	t.equal(await at('up', 'running', 'shut off', 'absent'), 'absent');
	t.equal(await at('up', 'running', 'crashed', 'shut off'), 'shut off');
	t.equal(await at('up', 'running', 'paused'), 'paused');
	t.equal(await at('up'), 'running', 'nobody is missing from an empty set');
	t.equal(await at('down', 'shut off', 'running', 'absent'), 'running');
	t.equal(await at('down', 'in shutdown', 'paused'), 'paused');
	t.equal(await at('down', 'shut off', 'in shutdown'), 'in shutdown');
	t.equal(await at('down'), 'absent');
	const facts = {guests: [{uuid: '1', name: 'web', word: 'crashed' as const, reason: 0}], silent: undefined};
	t.match(guests.refusal('start', facts, {} as Task), {code: 1, message: 'no way to start: web is crashed: destroy first'});
});

t.test('every state is reachable, and every move is described', async t => {
	const events = ['define', 'start', 'shutdown', 'destroy', ...ALL.map(word => `state:${word}`)];
	const seen = [false, true].flatMap(now => [
		...search(
			machine.resolveState({value: 'absent', context: {now}}),
			at => events.filter(type => at.can({type} as never)).map(type => [type, transition(machine, at, {type} as never)[0]] as const),
			at => JSON.stringify(at.value),
		),
	]);
	t.same(
		new Set(seen.map(({state}) => state.value)),
		new Set(ALL.filter(word => !['idle', 'no state'].includes(word))),
		'idle and no state are other hypervisors’',
	);
	for (const [name, {on}] of Object.entries(machine.config.states ?? {})) {
		for (const [type, move] of Object.entries(on ?? {})) {
			t.ok((move as {description?: string}).description, `${name} ${type}`);
		}
	}
});
