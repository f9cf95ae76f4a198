// The lab's judge of "never on two nodes" has to be able to say no.
import t from 'tap';
import type {Node} from './lab/config.ts';
import {type Sample, twice} from './lab/spans.ts';

const imported = ({imported: there}: Sample): boolean => there;

/** Looks at one boot of a node, a second apart: `+` has it, `-` has not, `.` no look. */
function looks(node: Node, boot: string, pattern: string, lived = 0): Sample[] {
	return [...pattern].flatMap((sign, index) =>
		sign === '.' ? [] : [{node, at: index * 1000, boot, lived: () => lived * 1000, imported: sign === '+', role: 'Primary', guests: []}],
	);
}
const judged = (...samples: Sample[][]): string | undefined => twice('pool', samples.flat(), imported);

t.test('on one node after the other', async t => {
	t.equal(judged(looks('alpha', 'a', '++--'), looks('bravo', 'b', '---+')), undefined);
});

t.test('on both at once', async t => {
	t.match(judged(looks('alpha', 'a', '++++'), looks('bravo', 'b', '--+-+')), /^pool on alpha from .* and on bravo from /u);
});

t.test('between two looks that show it, it was there', async t => {
	t.match(judged(looks('alpha', 'a', '+...+'), looks('bravo', 'b', '-+-')), /^pool on alpha/u);
});

t.test('a node that froze with it has it until its machine ends', async t => {
	t.equal(judged(looks('alpha', 'a', '++', 4), looks('bravo', 'b', '-----+')), undefined);
	t.match(judged(looks('alpha', 'a', '++', 8), looks('bravo', 'b', '-----+')), /^pool on alpha/u);
});

t.test('a new boot has nothing of the one before', async t => {
	const [before, after] = [looks('alpha', 'a', '++', 3), looks('alpha', 'c', '.......-', 9)];
	t.equal(judged(before, after, looks('bravo', 'b', '----++++')), undefined);
	t.match(judged(before, after, looks('bravo', 'b', '--++++++')), /^pool on alpha/u);
});
