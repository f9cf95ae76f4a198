import type {Operation} from '../cluster/preflight.ts';
import type {Acknowledged} from './drill-writers.ts';

/** One way that the pool went, and what a client noticed. Moments in milliseconds since the drill began. */
export interface Leg {
	from: string;
	to: string;
	how: 'move' | 'power';
	asked: number;
	/** The longest time without a record. */
	gap: {from: number; to: number};
	/** When the replication was whole again. */
	whole: number;
}

export interface Drill {
	pool: string;
	resource: string;
	/** When it began, ISO. */
	began: string;
	legs: Leg[];
	records: number;
	lost: {host: string; from: number; to: number}[];
	/** What is wrong afterwards, and was not before. */
	after: string[];
	operations: Operation[];
	marks: {at: number; text: string}[];
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** One line a fact. */
export function summary({pool, legs, records, lost, after}: Drill): string {
	const ways = legs.map(
		({from, to, how, gap}) =>
			`${from} -> ${to}${how === 'power' ? `, with ${from} fenced` : ''}: ${seconds(gap.to - gap.from)} without a write`,
	);
	const gone = lost.map(({from, to, host}) => `LOST: records ${from} to ${to} had been acknowledged, and were not there on ${host}`);
	return [
		`${pool}: ${records} records`,
		...ways,
		...(gone.length > 0 ? gone : ['nothing that was acknowledged was lost']),
		...after.map(one => `afterwards: ${one}`),
	].join('\n');
}

const escaped = (text: string): string => text.replace(/[&<>"]/gu, sign => `&#${sign.codePointAt(0)};`);

const WIDE = 1100;
const LEFT = 130;
const ROW = 34;
/** Records nearer to each other than this, in milliseconds, are drawn as one bar. */
const TOGETHER = 400;

function bars(acknowledged: readonly Acknowledged[], host: string): [number, number][] {
	const found: [number, number][] = [];
	for (const {at} of acknowledged.filter(one => one.host === host)) {
		const last = found.at(-1);
		if (last && at - last[1] < TOGETHER) {
			last[1] = at;
		} else {
			found.push([at, at]);
		}
	}
	return found;
}

/** The timeline: who wrote when, what the cluster did, and the time in which nobody could write. */
function picture({legs, operations, marks, began}: Drill, acknowledged: readonly Acknowledged[], hosts: readonly string[]): string {
	const start = Date.parse(began);
	const end = Math.max(1, ...acknowledged.map(({at}) => at), ...marks.map(({at}) => at));
	const x = (at: number): number => LEFT + ((WIDE - LEFT) * Math.max(0, Math.min(at, end))) / end;
	const rect = (from: number, to: number, y: number, kind: string, title: string): string =>
		`<rect class="${kind}" x="${x(from).toFixed(1)}" y="${y}" width="${Math.max(1.5, x(to) - x(from)).toFixed(1)}" height="${ROW - 12}"><title>${escaped(title)}</title></rect>`;
	const rows = hosts.flatMap((host, index) => {
		const y = 40 + index * 2 * ROW;
		const mine = operations.filter(({node}) => node === host);
		return [
			`<text x="4" y="${y + 16}">${escaped(host)} writes</text>`,
			...bars(acknowledged, host).map(([from, to]) => rect(from, to, y, 'writes', `${host} writes, ${seconds(to - from)}`)),
			`<text x="4" y="${y + ROW + 16}">${escaped(host)} cluster</text>`,
			...mine.map(({at, took, resource, operation}) =>
				rect(at - start, at - start + took, y + ROW, 'does', `${operation} ${resource}, ${seconds(took)}`),
			),
		];
	});
	const high = 40 + hosts.length * 2 * ROW;
	const gaps = legs.map(
		({gap}) =>
			`${rect(gap.from, gap.to, 34, 'gap', 'no write').replace(`height="${ROW - 12}"`, `height="${high - 34}"`)}<text class="gap" x="${x(gap.from).toFixed(1)}" y="28">${seconds(gap.to - gap.from)}</text>`,
	);
	const lines = marks.map(
		({at, text}) =>
			`<line x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="34" y2="${high + 8}"><title>${escaped(text)}</title></line>`,
	);
	return `<svg viewBox="0 0 ${WIDE} ${high + 30}" role="img">${gaps.join('')}${rows.join('')}${lines.join('')}<text x="${LEFT}" y="${high + 24}">0 s</text><text x="${WIDE - 60}" y="${high + 24}">${seconds(end)}</text></svg>`;
}

/** One page, with nothing to load. */
export function html(drill: Drill, acknowledged: readonly Acknowledged[], hosts: readonly string[]): string {
	const rows = drill.marks.map(({at, text}) => `<tr><td>${seconds(at)}</td><td>${escaped(text)}</td></tr>`);
	return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Drill of ${escaped(drill.pool)}, ${drill.began}</title>
<style>body{font:15px/1.4 sans-serif;max-width:1120px;margin:2em auto;color:#222}svg{width:100%;font-size:13px}.writes{fill:#2a7d4f}.does{fill:#3b6ea8}rect.gap{fill:#c0392b;opacity:.18}text.gap{fill:#c0392b;font-weight:bold}line{stroke:#888;stroke-dasharray:3 3}td{padding:.1em 1em .1em 0}</style>
<h1>Drill of ${escaped(drill.pool)}</h1><p>${drill.began}; resource ${escaped(drill.resource)}</p>
<p>${escaped(summary(drill)).replaceAll('\n', '<br>')}</p>
${picture(drill, acknowledged, hosts)}
<table>${rows.join('')}</table>
</html>
`;
}
