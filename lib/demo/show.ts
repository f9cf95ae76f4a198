import {stripVTControlCharacters} from 'node:util';
import type {Told} from './story.ts';
import type {Event, World} from './world.ts';

/** ANSI codes by hand: util.styleText is not in every Node 18. */
const CODES = {bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36} as const;
type Style = keyof typeof CODES;
const STYLES: Record<Event['kind'], Style> = {
	power: 'red',
	cluster: 'yellow',
	kernel: 'cyan',
	handler: 'magenta',
	program: 'bold',
	pool: 'green',
	client: 'blue',
	tool: 'dim',
};

/** Where the timeline goes, and what that can show. */
export interface Screen {
	write(text: string): void;
	columns: number | undefined;
	colour: boolean;
}

/** Follow a world: two columns on a terminal, plain lines elsewhere. */
export function timeline(world: World, screen: Screen): void {
	const {columns} = screen;
	world.onEvent(event => screen.write(columns ? twoColumns(event, columns, screen) : plain(event)));
	if (columns) {
		const width = widthOf(columns);
		screen.write(`${paint(screen, 'dim', `${'seconds'.padStart(8)}  ${'alpha'.padEnd(width)} │ bravo`)}\n`);
	}
}

const seconds = ({at}: Event): string => (at / 1000).toFixed(2).padStart(8);
const plain = (event: Event): string => `${seconds(event)}  ${event.host.padEnd(5)}  ${event.kind.padEnd(7)}  ${event.text}\n`;
const widthOf = (columns: number): number => Math.max(24, Math.floor((columns - 8 - 2 - 3) / 2));
const paint = ({colour}: Screen, style: Style, text: string): string => (colour ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text);

function twoColumns(event: Event, columns: number, screen: Screen): string {
	const width = widthOf(columns);
	return wrapped(event.text, event.host === 'both' ? width * 2 + 3 : width)
		.map((line, index) => {
			const time = paint(screen, 'dim', index === 0 ? seconds(event) : ' '.repeat(8));
			const bar = paint(screen, 'dim', '│');
			const text = paint(screen, STYLES[event.kind], line.padEnd(event.host === 'bravo' ? 0 : width));
			switch (event.host) {
				case 'alpha':
					return `${time}  ${text} ${bar}\n`;
				case 'bravo':
					return `${time}  ${' '.repeat(width)} ${bar} ${text}\n`;
				default:
					return `${time}  ${text}\n`;
			}
		})
		.join('');
}

/** Words into lines; a word that is too long is cut. */
function wrapped(text: string, width: number): string[] {
	const lines = [''];
	for (const word of stripVTControlCharacters(text).split(' ')) {
		const last = lines.at(-1) ?? '';
		if (last && last.length + 1 + word.length > width) {
			lines.push(`  ${word}`.slice(0, width));
		} else {
			lines[lines.length - 1] = `${last}${last ? ' ' : ''}${word}`.slice(0, width);
		}
	}
	return lines;
}

/** The guarantees, one a line, and how long writes stood still. */
export function verdict({guarantees, stalls, took}: Told, screen: Screen): string {
	const widest = Math.max(...guarantees.map(({name}) => name.length));
	const rows = guarantees.map(
		({name, held, evidence}) =>
			`${held ? paint(screen, 'green', 'held  ') : paint(screen, 'red', 'BROKEN')}  ${name.padEnd(widest)}  ${evidence}`,
	);
	const waits = Object.entries(stalls).map(([cause, ms]) => `${cause}: ${(ms / 1000).toFixed(2)} s without a write`);
	const broken = guarantees.filter(({held}) => !held).length;
	const sum = broken
		? paint(screen, 'red', `${broken} of ${guarantees.length} guarantees broken`)
		: paint(screen, 'green', `all ${guarantees.length} guarantees held`);
	return `\n${rows.join('\n')}\n\n${waits.map(line => `${line} (the cluster's own timeouts are shortened here)\n`).join('')}${sum}, ${(took / 1000).toFixed(1)} s\n`;
}
