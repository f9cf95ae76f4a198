// The lab's judge of who may be fenced, and where the service is then: it has to be able to say no.
import t from 'tap';
import {expect, judge, oneWriter, words} from './lab/expected.ts';

const writes = (...nodes: ('alpha' | 'bravo')[]): {node: 'alpha' | 'bravo'}[] => nodes.map(node => ({node}));

t.test('the holder is fenced, and the service moves', async t => {
	const power = expect({fenced: 'holder'}, 'alpha');
	t.equal(words(power), 'alpha is fenced, and nobody else; the pool is on bravo');
	t.equal(judge(power, ['alpha'], 'bravo'), 'fenced: alpha; the pool is on bravo');
	t.throws(() => judge(power, [], 'bravo'), /nobody; the pool is on bravo; to be fenced was alpha/u);
	t.throws(() => judge(power, ['alpha', 'bravo'], 'bravo'), /to be fenced was alpha/u);
	t.throws(() => judge(power, ['alpha'], 'alpha'), /not on bravo/u);
});

t.test('nobody is fenced, and the service stays', async t => {
	const cut = expect({}, 'bravo');
	t.equal(words(cut), 'nobody is fenced; the pool is on bravo');
	t.equal(judge(cut, [], 'bravo'), 'fenced: nobody; the pool is on bravo');
	t.throws(() => judge(cut, ['alpha'], 'bravo'), /to be fenced was nobody/u);
	t.throws(() => judge(cut, [], 'alpha'), /not on bravo/u);
});

t.test('one of them may be fenced, and only then the service moves', async t => {
	const loss = expect({perhaps: ['holder', 'standby']}, 'alpha');
	t.equal(words(loss), 'nobody but alpha or bravo is fenced; the pool is on one of them');
	t.equal(loss.to, undefined);
	t.ok(judge(loss, [], 'alpha'));
	t.ok(judge(loss, ['bravo'], 'alpha'));
	t.ok(judge(loss, ['alpha'], 'bravo'));
	t.throws(() => judge(loss, ['alpha', 'bravo'], 'bravo'), /to be fenced was nobody or alpha or bravo/u);
	t.throws(() => judge(loss, [], 'bravo'), /not on alpha/u);
	t.throws(() => judge(loss, ['alpha'], 'alpha'), /not on bravo/u);
	t.equal(expect({perhaps: ['standby']}, 'alpha').to, 'alpha');
	t.throws(() => judge(expect({perhaps: ['standby']}, 'alpha'), ['alpha'], 'bravo'), /to be fenced was nobody or bravo/u);
});

t.test('a service that may be moved is on either, and still nobody is fenced', async t => {
	const restart = expect({moves: true}, 'alpha');
	t.ok(judge(restart, [], 'alpha'));
	t.ok(judge(restart, [], 'bravo'));
	t.throws(() => judge(restart, ['alpha'], 'bravo'), /to be fenced was nobody/u);
});

t.test('who writes', async t => {
	t.doesNotThrow(() => oneWriter(writes('alpha', 'alpha', 'bravo'), expect({fenced: 'holder'}, 'alpha')));
	t.throws(() => oneWriter(writes('alpha', 'bravo', 'alpha'), expect({fenced: 'holder'}, 'alpha')), /alpha, bravo, alpha in turn/u);
	t.doesNotThrow(() => oneWriter(writes('alpha', 'bravo', 'alpha'), expect({moves: true}, 'alpha')));
});
