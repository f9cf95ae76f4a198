import {type Item, KINDS, type Level, levelOf, type View} from './item.ts';

/** What the text is shown on. */
export interface Screen {
	columns: number;
	colour: boolean;
	/** So many lines fit; nothing where there is no end, and sentences need not be folded either. */
	rows?: number | undefined;
}

/** ANSI codes by hand: util.styleText is not in every Node 18. */
const CODES = {bold: 1, dim: 2, red: 31, green: 32, yellow: 33} as const;
type Style = keyof typeof CODES;
const STYLES: Record<Level, Style> = {well: 'green', ill: 'red', unknown: 'yellow'};
const SUM: Record<Level, string> = {
	well: 'all is well',
	ill: 'something is not as it should be',
	unknown: 'not everything can be seen',
};
/** Below this, one node a line. */
const NARROW = 72;
/** A terminal shows no more than this of what somebody called something. */
const LONGEST = 4000;

interface Row {
	label: string;
	/** One for each node, in their order; or one for all. */
	cells: readonly (Item | undefined)[] | Item;
}

/** The whole view as lines, none of them longer than the screen is wide. */
export function screen(view: View, on: Screen): string[] {
	const level = levelOf(view);
	const rows = rowsOf(view);
	const wide = on.columns >= NARROW && view.nodes.length > 1;
	const label = Math.min(Math.max(...rows.map(one => one.label.length), 8), Math.floor(on.columns / 3));
	const width = Math.floor((on.columns - label - 2 * view.nodes.length) / view.nodes.length);
	const grid = (one: Row): string[] => (wide && Array.isArray(one.cells) ? [across(one, label, width, on)] : down(one, view, label, on));
	const head = wide
		? [paint(on, 'bold', `${''.padEnd(label)}${view.nodes.map(name => `  ${filled(name, width)}`).join('')}`.trimEnd())]
		: [];
	const troubles = view.items.filter(({says}) => says !== undefined);
	const lines = [
		`${paint(on, 'bold', cut(`twinpool on ${view.host}`, on.columns))}`,
		paint(on, STYLES[level], cut(SUM[level], on.columns)),
		'',
		...head,
		...rows.flatMap(grid),
		...(troubles.length > 0 ? [''] : []),
		...troubles.flatMap(one =>
			wrapped(`${titleOf(one)}: ${one.says}`, on.rows === undefined ? LONGEST : on.columns).map(line => paint(on, STYLES[one.level], line)),
		),
	];
	return on.rows === undefined || lines.length <= on.rows
		? lines
		: [...lines.slice(0, Math.max(0, on.rows - 1)), paint(on, 'dim', cut('... (the window is too small for the rest)', on.columns))];
}

/** One row for each kind and name, with what each node has of it. */
function rowsOf({nodes, items}: View): Row[] {
	return KINDS.flatMap(kind => {
		const mine = items.filter(item => item.kind === kind);
		const names = [...new Set(mine.map(({name}) => name))];
		return names.flatMap((name): Row[] => {
			const all = mine.filter(item => item.name === name);
			const label = [kind, clean(name)].filter(Boolean).join(' ');
			const cells = nodes.map(node => all.find(item => item.node === node));
			return [
				...all.filter(({node}) => !nodes.includes(node)).map(one => ({label, cells: one})),
				...(cells.some(Boolean) ? [{label, cells}] : []),
			];
		});
	});
}

/** A row with a column for each node. */
function across({label, cells}: Row, wide: number, width: number, on: Screen): string {
	const shown = (Array.isArray(cells) ? cells : [cells]) as readonly (Item | undefined)[];
	const parts = shown.map(one => `  ${one ? paint(on, STYLES[one.level], filled(wordsOf(one), width)) : ''.padEnd(width)}`);
	return `${filled(label, wide)}${parts.join('')}`.trimEnd();
}

/** A line for each node, or for what is nobody's. */
function down({label, cells}: Row, {nodes}: View, wide: number, on: Screen): string[] {
	const shown = (Array.isArray(cells) ? cells : [cells]) as readonly (Item | undefined)[];
	return shown.flatMap(one => {
		if (!one) {
			return [];
		}
		const whose = one.node !== '' && (nodes.length > 1 || one.node !== nodes[0]) ? `${one.node}: ` : '';
		return [`${filled(label, wide)}  ${paint(on, STYLES[one.level], cut(`${whose}${wordsOf(one)}`, on.columns - wide - 2))}`.trimEnd()];
	});
}

const wordsOf = ({words, level}: Item): string => clean(words) || level;

/** What an item is called in a sentence. */
export const titleOf = ({kind, name, node}: Item): string => [clean(node), kind, clean(name)].filter(Boolean).join(' ');

/** Names are other people's: nothing of them may move the cursor. */
export const clean = (text: string): string => text.replace(/\p{C}+/gu, '?').slice(0, LONGEST);

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`);
const filled = (text: string, width: number): string => cut(text, width).padEnd(width);
const paint = ({colour}: Screen, style: Style, text: string): string =>
	colour && text !== '' ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;

/** Words into lines; a word that is too long is cut. */
function wrapped(text: string, width: number): string[] {
	const lines = [''];
	for (const word of clean(text).split(' ')) {
		const last = lines.at(-1) ?? '';
		if (last !== '' && last.length + 1 + word.length > width) {
			lines.push(cut(`  ${word}`, width));
		} else {
			lines[lines.length - 1] = cut(`${last}${last === '' ? '' : ' '}${word}`, width);
		}
	}
	return lines;
}
