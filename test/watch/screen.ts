// What is shown fits where it is shown, whatever things are called.
import fc from 'fast-check';
import t from 'tap';
import {changes, json, line} from '../../lib/watch/change.ts';
import {attribute, fromAttribute, type Item, KINDS, type View} from '../../lib/watch/item.ts';
import {screen} from '../../lib/watch/screen.ts';

const word = fc.oneof(
	fc.string({unit: 'binary', maxLength: 60}),
	fc.constantFrom('', 'tank', '\u001b[2J', 'a\nb', 'Primary UpToDate Connected'),
);
const item = fc.record({
	kind: fc.constantFrom(...KINDS),
	name: word,
	node: fc.constantFrom('', 'alpha', 'bravo', 'charlie'),
	words: word,
	level: fc.constantFrom('well', 'ill', 'unknown'),
	says: fc.option(word, {nil: undefined}),
}) as fc.Arbitrary<Item>;
const views = fc.record({
	host: fc.constant('alpha'),
	nodes: fc.constantFrom(['alpha'], ['alpha', 'bravo']),
	items: fc.array(item, {maxLength: 12}),
});
const VIEW: View = {
	host: 'alpha',
	nodes: ['alpha', 'bravo'],
	items: [
		{
			kind: 'drbd',
			name: 'vmstore',
			node: 'alpha',
			words: 'Primary UpToDate SyncSource',
			level: 'ill',
			says: 'SyncSource; 12.3 % done, 0:43:39 to go',
		},
		{kind: 'drbd', name: 'vmstore', node: 'bravo', words: 'Secondary Inconsistent', level: 'ill'},
		{kind: 'pool', name: 'tank', node: 'alpha', words: 'ONLINE', level: 'well'},
	],
};

t.test('no line is wider than the screen, nor are there more than fit, and no name moves the cursor', async t => {
	fc.assert(
		fc.property(views, fc.integer({min: 10, max: 200}), fc.integer({min: 2, max: 60}), (view, columns, rows) => {
			const lines = screen(view, {columns, rows, colour: false});
			return lines.length <= rows && lines.every(text => [...text].length <= columns && !/\p{Cc}/u.test(text));
		}),
	);
	t.pass();
});

t.test('two columns where there is room, a line for each where there is not', async t => {
	t.same(screen(VIEW, {columns: 90, rows: 40, colour: false}).slice(3), [
		'              alpha                                  bravo',
		'drbd vmstore  Primary UpToDate SyncSource            Secondary Inconsistent',
		'pool tank     ONLINE',
		'',
		'alpha drbd vmstore: SyncSource; 12.3 % done, 0:43:39 to go',
	]);
	t.same(screen(VIEW, {columns: 46, rows: 40, colour: false}).slice(3), [
		'drbd vmstore  alpha: Primary UpToDate SyncSou…',
		'drbd vmstore  bravo: Secondary Inconsistent',
		'pool tank     alpha: ONLINE',
		'',
		'alpha drbd vmstore: SyncSource; 12.3 % done,',
		'  0:43:39 to go',
	]);
	t.match(screen(VIEW, {columns: 46, rows: 5, colour: false}).at(-1), 'too small');
});

t.test('colours only where they are wanted', async t => {
	t.match(screen(VIEW, {columns: 90, colour: true}).join('\n'), '\u001b[31m');
	t.notMatch(screen(VIEW, {columns: 90, colour: false}).join('\n'), '\u001b');
});

t.test('a line for what changed, and none for figures alone', async t => {
	const [one, ...rest] = VIEW.items;
	const later: View = {...VIEW, items: [{...(one as Item), says: 'SyncSource; 13.0 % done, 0:42:00 to go'}, ...rest]};
	const [moved] = changes(VIEW, later);
	t.equal(changes(VIEW, later).length, 1);
	t.equal(moved && line(moved, VIEW), undefined);
	t.match(JSON.parse(json(moved as {item: Item}, new Date(0))), {time: '1970-01-01T00:00:00.000Z', kind: 'drbd', says: /13\.0 %/u});
	const gone = changes(VIEW, {...VIEW, items: rest});
	t.same(
		gone.map(change => line(change, VIEW)),
		['alpha drbd vmstore: gone'],
	);
	t.match(JSON.parse(json(gone[0] as {gone: Item}, new Date(0))), {gone: true, kind: 'drbd', name: 'vmstore'});
	t.equal(line({item: {kind: 'pool', name: 'x\u001b[2J', node: '', words: 'ONLINE', level: 'well'}}, undefined), 'pool x?[2J: ONLINE');
});

t.test('what a node tells of itself is what the other one shows', async t => {
	for (const [kind, name, words, level] of [
		['pool', 'tank', 'ONLINE', 'well'],
		['pool', 'tank-2', 'DEGRADED', 'ill'],
		['leg', 'tank', 'FAILED ONLINE', 'ill'],
		['copy', 'vm', 'together', 'well'],
		['guests', '', '3 running', 'well'],
	] as const) {
		const told: Item = {kind, name, node: 'bravo', words, level};
		const {name: of = '', value = ''} = attribute(told) ?? {};
		t.same(fromAttribute(of, value, 'bravo'), told, `${of}=${value}`);
	}
	t.equal(attribute({kind: 'drbd', name: 'vmstore', node: 'alpha', words: 'Primary', level: 'well'}), undefined, 'its agent tells that');
	t.equal(fromAttribute('twinpool-drbd-vmstore', 'UpToDate', 'bravo'), undefined);
	t.equal(fromAttribute('twinpool-split-brain-vmstore', 'x', 'bravo'), undefined);
});
