// Worlds by number: as many as differ, each as it was, also where the table has grown meanwhile.
import t from 'tap';
import {model} from './drbd/model.ts';
import {flat} from './pair.ts';
import {Worlds} from './worlds.ts';

t.test('every world of one fault, met twice', async t => {
	const {start, moves} = model({writes: 1, faults: 1});
	const worlds = new Worlds<typeof start>();
	const texts = new Map<string, number>([[flat(start), worlds.number(start)]]);
	for (let at = 0; at < worlds.size; at += 1) {
		for (const [, after] of moves(worlds.world(at))) {
			const text = flat(after);
			const number = worlds.number(after);
			if ((texts.get(text) ?? number) !== number) {
				t.fail(`${text} is ${texts.get(text)} and ${number}`);
			}
			texts.set(text, number);
		}
	}
	t.equal(worlds.size, texts.size, 'no two are one');
	t.ok(worlds.size > 3000);
	t.same(
		[...texts].filter(([text, number]) => flat(worlds.world(number)) !== text),
		[],
		'each is as it was',
	);
});
