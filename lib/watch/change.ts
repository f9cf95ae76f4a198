import {type Item, keyOf, type View} from './item.ts';
import {clean, titleOf} from './screen.ts';

/** What is another than before: an item that is new or changed, or one that is gone. */
export type Change = {item: Item} | {gone: Item};

/** What has changed from one view to the next. */
export function changes(before: View | undefined, after: View): Change[] {
	const old = new Map((before?.items ?? []).map(item => [keyOf(item), item]));
	const now = new Map(after.items.map(item => [keyOf(item), item]));
	return [
		...[...old].flatMap(([key, gone]) => (now.has(key) ? [] : [{gone}])),
		...[...now].flatMap(([key, item]) => (JSON.stringify(old.get(key)) === JSON.stringify(item) ? [] : [{item}])),
	];
}

/** For a program: every change, progress too. */
export const json = (change: Change, time: Date): string =>
	JSON.stringify({time: time.toISOString(), ...('item' in change ? change.item : {...change.gone, gone: true})});

/** For people and the log: what changed, but for figures alone. Nothing where that is all. */
export function line(change: Change, before: View | undefined): string | undefined {
	if ('gone' in change) {
		return `${titleOf(change.gone)}: gone`;
	}
	const {item} = change;
	const old = before?.items.find(one => keyOf(one) === keyOf(item));
	if (old && plain(old) === plain(item)) {
		return undefined;
	}
	return `${titleOf(item)}: ${[clean(item.words) || item.level, item.says && clean(item.says)].filter(Boolean).join(' -- ')}`;
}

const plain = ({words, level, says = ''}: Item): string => `${words}\0${level}\0${says.replace(/[\d.:]+/gu, '')}`;
