// However often it is woken, one look at a time, and none too many.
import {setTimeout as sleep} from 'node:timers/promises';
import t from 'tap';
import {looker} from '../../lib/watch/looker.ts';

t.test('a burst is two looks, the second one after the last event', async t => {
	const looks: number[] = [];
	let events = 0;
	let most = 0;
	let at = 0;
	const look = async (): Promise<boolean> => {
		at += 1;
		most = Math.max(most, at);
		const seen = events;
		await sleep(30);
		looks.push(seen);
		at -= 1;
		return true;
	};
	const wake = looker(look, {least: 20, most: 1000}, new AbortController().signal);
	for (; events < 20; events += 1) {
		wake();
		await sleep(1);
	}
	wake();
	await sleep(300);
	t.equal(most, 1, 'never two at once');
	t.ok(looks.length <= 3, `${looks.length} looks`);
	t.equal(looks.at(-1), 20, 'nothing that came is missed');
});

t.test('what has nothing new to say is looked at ever more rarely, and at once when it has been quiet', async t => {
	let looks = 0;
	const wake = looker(
		() => {
			looks += 1;
			return Promise.resolve(false);
		},
		{least: 20, most: 400},
		new AbortController().signal,
	);
	const end = performance.now() + 1000;
	while (performance.now() < end) {
		wake();
		await sleep(5);
	}
	t.ok(looks <= 7, `${looks} looks in a second instead of ${1000 / 20}`);
	await sleep(1000);
	const before = looks;
	wake();
	await sleep(40);
	t.equal(looks, before + 1);
});

t.test('a look that fails is no end, and after the signal there is none', async t => {
	let looks = 0;
	const end = new AbortController();
	const wake = looker(
		() => {
			looks += 1;
			return Promise.reject(new Error('no'));
		},
		{least: 5, most: 10},
		end.signal,
	);
	wake();
	await sleep(30);
	wake();
	await sleep(30);
	t.equal(looks, 2);
	end.abort();
	wake();
	await sleep(30);
	t.equal(looks, 2);
});
