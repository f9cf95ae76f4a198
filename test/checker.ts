// What the lab makes of the records that it finds: nothing acknowledged may be gone, and a part of one has to have a reason.
import t from 'tap';
import {missing} from './lab/checker.ts';

const whole = (number: number): string => `${number} run ${'x'.repeat(200)}\n`;
const part = `${'x'.repeat(84)}\n`;
const by = (node: 'alpha' | 'bravo', ...numbers: number[]) => numbers.map(number => ({number, node, at: number}));

t.test('records that are there, gone, and torn', async t => {
	const one = by('alpha', 1, 2);
	t.equal(missing(whole(1) + whole(2), 'run', one, 0), undefined);
	t.match(missing(whole(1), 'run', one, 5), /^1 of 2 acknowledged records are lost, the first is 2 of alpha/u);
	t.match(missing(whole(2) + whole(1), 'run', one, 0), /^record 1 stands after 2/u);
	const torn = whole(1) + part + whole(2);
	t.match(missing(torn, 'run', one, 0), /^1 records are torn, but writing stopped 0 times, and 0 writes failed/u);
	t.equal(missing(torn, 'run', one, 1), undefined, 'a write was refused');
	t.equal(missing(torn, 'run', [...by('alpha', 1), ...by('bravo', 2)], 0), undefined, 'writing went on elsewhere');
	t.match(missing(torn + part, 'run', one, 1), /^2 records are torn/u, 'one refusal is no reason for two');
});
