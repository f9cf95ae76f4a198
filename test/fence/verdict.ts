import t from 'tap';
import {FENCE} from '../../lib/fence/codes.ts';
import {INPUTS, ROWS, type Row, type Situation, verdict} from '../../lib/fence/verdict.ts';
import {golden} from '../golden.ts';

type Name = keyof Situation;
const NAMES = Object.keys(INPUTS) as Name[];

/** Every combination of these inputs; the others as given. */
function* combinations(names: readonly Name[], so: Partial<Situation> = {}): Generator<Situation> {
	const [name, ...rest] = names;
	if (!name) {
		yield so as Situation;
		return;
	}
	for (const value of INPUTS[name]) {
		yield* combinations(rest, {...so, [name]: value});
	}
}

/** From a situation to the answer, in a world where nothing changes by itself but the time, and the controller answers or does not. */
function walk(start: Situation, controller: 'yes' | 'no'): {steps: string; last: Situation; row: Row} {
	const steps: string[] = [];
	let now: Situation = {...start, answers: 'unasked', patience: 'left'};
	for (;;) {
		const row = verdict(now);
		steps.push(`${row.step}`);
		if (typeof row.step === 'number' || steps.length > 20) {
			return {steps: steps.join(' '), last: now, row};
		}
		if (row.step === 'claim') {
			now = {...now, constraint: 'mine', answers: 'unasked'};
		} else if (row.step === 'ask') {
			now = {...now, answers: controller};
		} else {
			now = {...now, answers: 'unasked', patience: 'gone'};
		}
	}
}

/** One line for each journey from here, naming only what makes a difference. */
function journeys(so: Pick<Situation, 'disk' | 'peer' | 'constraint'>): string[] {
	const each = [...combinations(['role', 'promoted'], {...so, peerDisk: 'unknown', cluster: 'running', quorum: 'yes'})].flatMap(situation =>
		(['yes', 'no'] as const).map(controller => {
			const facts = [
				situation.role,
				`recorded ${situation.promoted === 'yes' ? 'promoted' : 'unpromoted'}`,
				controller === 'yes' ? 'answers' : 'silent',
			];
			return {facts, steps: walk(situation, controller).steps};
		}),
	);
	const matters = (index: number): boolean =>
		each.some(one =>
			each.some(other => one.steps !== other.steps && one.facts.every((fact, at) => at === index || fact === other.facts[at])),
		);
	const shown = [0, 1, 2].filter(matters);
	return [
		...new Set(
			each.map(
				({facts, steps}) =>
					`${[so.disk, `peer ${so.peer}`, `constraint ${so.constraint}`, ...shown.map(index => facts[index])].join(', ')}: ${steps}`,
			),
		),
	];
}

const all = [...combinations(NAMES)];

t.test('the table, as it is', async t => {
	const rows = ROWS.map((row, index) => {
		const when =
			Object.entries(row.when)
				.map(([name, values]) => `${name}=${values.join('|')}`)
				.join(' ') || 'otherwise';
		const count = all.filter(situation => verdict(situation) === row).length;
		return `${`${index + 1}`.padStart(2)}. ${when}\n    -> ${row.step}: ${row.why} [${count}]\n`;
	});
	const walks: string[] = [];
	for (const disk of ['UpToDate', 'Consistent'] as const) {
		for (const {peer, constraint} of combinations(['peer', 'constraint'])) {
			walks.push(...journeys({disk, peer, constraint}));
		}
	}
	golden(
		t,
		'verdict.txt',
		`The first row that fits decides; in brackets, for how many of the ${all.length} situations it does.\n\n${rows.join('')}
From the first look to the answer, when nothing changes but the time:

${walks.join('\n')}\n`,
	);
});

t.test('every situation has an answer, and every row is needed', async t => {
	t.ok(
		all.every(situation => ROWS.includes(verdict(situation))),
		'no situation is left over',
	);
	for (const row of ROWS) {
		t.ok(
			all.some(situation => verdict(situation) === row),
			`a situation for: ${row.why}`,
		);
	}
	t.ok(
		all.every(situation => typeof walk(situation, 'no').row.step === 'number' && typeof walk(situation, 'yes').row.step === 'number'),
		'no circle',
	);
});

t.test('what must never be', async t => {
	const ends = all.flatMap(situation =>
		(['yes', 'no'] as const).map(controller => ({...walk(situation, controller), controller, start: situation})),
	);
	const proceeds = ends.filter(({row}) => [FENCE.OUTDATED, FENCE.FENCED].some(code => code === row.step));
	const down = ends.filter(({row, last}) => row.step === FENCE.DOWN && last.disk === 'UpToDate');
	const never = (what: string, bad: {start: Situation}[]): void => {
		t.same(
			bad.slice(0, 1).map(({start}) => start),
			[],
			what,
		);
	};
	never(
		'go on over a constraint that rejects us',
		[...proceeds, ...down].filter(({start}) => start.constraint === 'foreign'),
	);
	never(
		'go on without a constraint of our own',
		[...proceeds, ...down].filter(
			({last}) => last.constraint !== 'mine' && !(last.constraint === 'old' && /^(fenced|down|stopped)$/u.test(last.peer)),
		),
	);
	never(
		'go on without quorum, or without the cluster',
		[...proceeds, ...down].filter(({start}) => start.quorum === 'no' || start.cluster !== 'running'),
	);
	never(
		'go on while our data is not known to be good',
		[...proceeds, ...down].filter(({start}) => ['bad', 'partly', 'unknown'].includes(start.disk)),
	);
	never(
		'say fenced of a peer that is not',
		ends.filter(({row, start}) => row.step === FENCE.FENCED && !['fenced', 'down'].includes(start.peer)),
	);
	never(
		'say outdated of a live peer that did not answer after the constraint was there',
		proceeds.filter(({row, last}) => row.step === FENCE.OUTDATED && last.peer !== 'stopped' && last.answers !== 'yes'),
	);
	never(
		'become Primary beside one that is',
		proceeds.filter(({start}) => start.role === 'Secondary' && start.promoted === 'yes' && start.peer !== 'fenced'),
	);
	never(
		'write a constraint for Consistent data when the peer is out of reach',
		ends.filter(
			({steps, start, controller}) =>
				steps.includes('claim') && start.disk === 'Consistent' && !['stopped', 'down'].includes(start.peer) && controller === 'no',
		),
	);
	never(
		'outdate ourselves while Primary',
		ends.filter(({row, start}) => row.step === FENCE.PRIMARY && start.role === 'Primary'),
	);
	never(
		'wait when it is known that the peer is fenced',
		ends.filter(
			({steps, start}) => steps.includes('wait') && start.peer === 'fenced' && start.cluster === 'running' && start.quorum === 'yes',
		),
	);
});
