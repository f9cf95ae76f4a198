import {setMaxListeners} from 'node:events';
import {parseArgs} from 'node:util';
import {changes, json, line} from '../watch/change.ts';
import type {View} from '../watch/item.ts';
import {type Live, live} from '../watch/live.ts';
import {Publisher} from '../watch/publish.ts';
import {screen} from '../watch/screen.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What a terminal does at a control sequence. */
const control = (sequence: string): string => `\u001b[${sequence}`;
/** The other screen of a terminal without its cursor, and back to what was there. */
const ENTER = ['?1049h', '?25l'].map(control).join('');
const LEAVE = ['?25h', '?1049l'].map(control).join('');
/** From the top; each line to its end, and what is below. */
const [HOME, REST, BELOW] = ['H', 'K', 'J'].map(control);

interface Form {
	begin(): void;
	show(now: View): void;
	end(): void;
}

/** `twinpool watch`: until it is told to end, which is 0. */
export async function watch(argv: string[]): Promise<number> {
	const {values} = parseArgs({
		args: argv,
		options: {json: {type: 'boolean', default: false}, metrics: {type: 'string'}, publish: {type: 'boolean', default: false}},
	});
	const end = new AbortController();
	// Every source listens to it.
	setMaxListeners(0, end.signal);
	const stop = (): void => end.abort();
	for (const signal of SIGNALS) {
		process.on(signal, stop);
	}
	// Whoever read it has had enough.
	process.stdout.on('error', stop);
	const full = process.stdout.isTTY === true && !values.json && process.env['TERM'] !== 'dumb';
	const form = full ? onScreen() : asLines(values.json);
	let publisher: Publisher | undefined;
	const seen = await live(end.signal, now => {
		form.show(now.view);
		publisher?.publish(now.view, now.cluster);
	});
	publisher = values.publish ? new Publisher(why => seen.trouble('node attributes', why)) : undefined;
	const closing = values.metrics === undefined ? undefined : await served(values.metrics, seen);
	form.begin();
	try {
		form.show(seen.view);
		publisher?.publish(seen.view, seen.cluster);
		await seen.follow();
	} finally {
		form.end();
		closing?.();
		await publisher?.withdraw();
	}
	return 0;
}

/** Imported late: only who wants metrics pays for them. */
async function served(address: string, seen: Live): Promise<() => void> {
	const {serve} = await import('../watch/metrics.ts');
	return serve(address, seen);
}

/** The whole view, drawn again over what was there. */
function onScreen(): Form {
	let last: View | undefined;
	const draw = (): void => {
		if (last) {
			const {columns, rows} = process.stdout;
			const lines = screen(last, {columns, rows, colour: !process.env['NO_COLOR']});
			process.stdout.write(`${HOME}${lines.map(text => `${text}${REST}`).join('\n')}${BELOW}`);
		}
	};
	return {
		begin() {
			process.stdout.write(ENTER);
			process.stdout.on('resize', draw);
		},
		show(now) {
			last = now;
			draw();
		},
		end() {
			process.stdout.removeListener('resize', draw);
			process.stdout.write(LEAVE);
		},
	};
}

/** What changed, a line each; first everything that there is. */
function asLines(machine: boolean): Form {
	let before: View | undefined;
	return {
		begin: () => undefined,
		show(now) {
			const time = new Date();
			const lines = changes(before, now).flatMap(change => {
				const text = machine ? json(change, time) : line(change, before);
				return text === undefined ? [] : [machine ? text : `${time.toISOString()} ${text}`];
			});
			before = now;
			if (lines.length > 0) {
				process.stdout.write(`${lines.join('\n')}\n`);
			}
		},
		end: () => undefined,
	};
}
