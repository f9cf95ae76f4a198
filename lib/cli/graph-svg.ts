import {Graph, layout} from '@dagrejs/dagre';
import {type Edge, ITSELF, MAY} from '../graph.ts';
import {xml} from '../ocf/metadata.ts';

/** What is drawn in one frame after the other: the arrows of one phase of one machine. */
export interface Section {
	title: string;
	edges: readonly Edge[];
}

interface Point {
	x: number;
	y: number;
}
/** What the layout says of a state (its middle), and of an arrow (its way, and the middle of its label). */
interface State extends Point {
	name: string;
	width: number;
	height: number;
}
interface Arrow extends Point {
	label: string;
	width: number;
	height: number;
	points: Point[];
}
/** A drawn part and its size. */
interface Part {
	width: number;
	height: number;
	lines: string[];
}

/** A character of a monospaced font is 0.602 of its size wide, in all of them: so text fits without being measured. */
const wide = (text: string, size: number): number => Math.ceil([...text].length * size * 0.602);
const NAME = 14;
const LABEL = 12;
const TITLE = 18;
const GAP = 16;
/** Between the picture's edge and what is drawn. */
const MARGIN = 20;

const FONT = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace";
/** On paper of its own, light or dark as the reader has it: on either every line can be read. */
const STYLE = `text{font-family:${FONT};fill:#1f2328}.title{font-size:${TITLE}px;font-weight:bold}.name{font-size:${NAME}px}.label{font-size:${LABEL}px}
.paper,.behind{fill:#fff}.region{fill:none;stroke:#8c959f}.state{fill:#ddf4ff;stroke:#0969da}.arrow{fill:none;stroke:#57606a;stroke-width:1.3}
.may{stroke-dasharray:5 4}.ours{stroke-width:2.4}.ours-label{font-weight:bold}.head{fill:#57606a}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.paper,.behind{fill:#0d1117}.region{stroke:#6e7681}.state{fill:#12294a;stroke:#4493f8}.arrow{stroke:#9198a1}.head{fill:#9198a1}}`;

/** One picture of all sections, one below the other. The same arrows always give the same text. */
export function svg(sections: readonly Section[]): string {
	const parts = sections.map(section);
	const width = Math.max(...parts.map(part => part.width), wide(LEGEND, LABEL)) + 2 * MARGIN;
	const lines: string[] = [];
	let y = MARGIN;
	for (const part of parts) {
		lines.push(`<g transform="translate(${MARGIN} ${y})">`, ...part.lines, '</g>');
		y += part.height + 2 * GAP;
	}
	const height = y + LABEL + GAP;
	const titles = sections.map(({title}) => title).join(', ');
	return `${[
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
		`<title>${xml(titles)}</title>`,
		`<style>${xml(STYLE)}</style>`,
		'<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerUnits="userSpaceOnUse" markerWidth="9" markerHeight="9" orient="auto"><path class="head" d="M0 0L10 5L0 10z"/></marker></defs>',
		`<rect class="paper" width="${width}" height="${height}"/>`,
		...lines,
		written('label', MARGIN, y, LEGEND),
		'</svg>',
	].join('\n')}\n`;
}

const LEGEND = 'bold: what is done; dashed: what may happen; thin: what comes by itself';

/** A title, and below it each region in a frame of its own: no arrow leads out of one. */
function section({title, edges}: Section): Part {
	const lines = [written('title', 0, TITLE, title)];
	let y = TITLE + GAP;
	let width = wide(title, TITLE);
	for (const region of new Set(edges.map(edge => edge.region))) {
		const part = framed(region.split('.').at(-1) ?? '', drawn(edges.filter(edge => edge.region === region)));
		lines.push(`<g transform="translate(0 ${y})">`, ...part.lines, '</g>');
		width = Math.max(width, part.width);
		y += part.height + GAP;
	}
	return {width, height: y - GAP, lines};
}

function framed(name: string, {width, height, lines}: Part): Part {
	if (name === '') {
		return {width, height, lines};
	}
	const top = NAME + 1.5 * GAP;
	const all = {width: Math.max(width, wide(name, NAME)) + 2 * GAP, height: height + top + GAP};
	return {
		...all,
		lines: [
			`<rect class="region" x="0.5" y="0.5" width="${all.width - 1}" height="${all.height - 1}" rx="6"/>`,
			written('name', GAP, NAME + GAP / 2, name),
			`<g transform="translate(${GAP} ${top})">`,
			...lines,
			'</g>',
		],
	};
}

/** The states and arrows of one region, from the left to the right. */
function drawn(edges: readonly Edge[]): Part {
	const graph = new Graph({multigraph: true});
	graph.setGraph({rankdir: 'LR', nodesep: 18, edgesep: 12, ranksep: 36});
	const names = [...new Set(edges.flatMap(({from, to}) => [from, to]))];
	// The layout writes into these, and knows them by numbers: a name may be any word.
	const states = names.map((name): State => ({name, x: 0, y: 0, width: wide(name, NAME) + 20, height: 30}));
	for (const [index, one] of states.entries()) {
		graph.setNode(`${index}`, one);
	}
	const arrows = edges.map(({from, to, label: words}, index): Arrow => {
		const one = {label: words, x: 0, y: 0, points: [], width: wide(words, LABEL) + 10, height: LABEL + 6, labelpos: 'c'};
		graph.setEdge(`${names.indexOf(from)}`, `${names.indexOf(to)}`, one, `${index}`);
		return one;
	});
	layout(graph);
	const points = [...states, ...arrows].flatMap(({x, y, width, height}) => [{x: x + width / 2, y: y + height / 2}]);
	const all = [...points, ...arrows.flatMap(arrow => arrow.points)];
	return {
		width: Math.ceil(Math.max(...all.map(({x}) => x))) + 1,
		height: Math.ceil(Math.max(...all.map(({y}) => y))) + 1,
		// Labels after all lines: none is crossed out.
		lines: [...arrows.map(line), ...arrows.map(label), ...states.map(state)],
	};
}

const WHOSE: ReadonlyMap<string, string> = new Map([
	[ITSELF, 'itself'],
	[MAY, 'may'],
]);
const whose = ({label: of}: Arrow): string => WHOSE.get(of) ?? 'ours';

const line = (arrow: Arrow): string =>
	`<path class="arrow ${whose(arrow)}" marker-end="url(#head)" d="${way(arrow.points.flatMap(point => along(point, arrow)))}"/>`;

const label = (arrow: Arrow): string =>
	`<rect class="behind" ${box(arrow)}/>${written(`label ${whose(arrow)}-label`, arrow.x, arrow.y + LABEL / 3, arrow.label, 'middle')}`;

const state = (one: State): string =>
	`<rect class="state" ${box(one)} rx="5"/>${written('name', one.x, one.y + NAME / 3, one.name, 'middle')}`;

const at = (number: number): string => `${Math.round(number * 10) / 10}`;
const pair = ({x, y}: Point): string => `${at(x)} ${at(y)}`;
const box = ({x, y, width, height}: State | Arrow): string =>
	`x="${at(x - width / 2)}" y="${at(y - height / 2)}" width="${at(width)}" height="${at(height)}"`;
const written = (kind: string, x: number, y: number, words: string, anchor = 'start'): string =>
	`<text class="${kind}" x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${xml(words)}</text>`;

/** Straight through its label: a slope there would run through those above and below. */
function along(point: Point, {x, y, width, points}: Arrow): Point[] {
	if (Math.abs(point.x - x) > 1 || Math.abs(point.y - y) > 1) {
		return [point];
	}
	const onwards = (points.at(-1)?.x ?? 0) >= (points[0]?.x ?? 0) ? 1 : -1;
	return [-1, 1].map(side => ({x: x + (side * onwards * width) / 2, y}));
}

/** Through the middle between two corners, bent at each of them. */
function way(points: readonly Point[]): string {
	const [first = {x: 0, y: 0}, ...rest] = points;
	const last = rest.at(-1) ?? first;
	const bends = rest.slice(0, -1).map((corner, index) => {
		const next = rest[index + 1] ?? last;
		const middle = index === rest.length - 2 ? last : {x: (corner.x + next.x) / 2, y: (corner.y + next.y) / 2};
		return `Q${pair(corner)} ${pair(middle)}`;
	});
	return `M${pair(first)}${bends.length > 0 ? bends.join('') : `L${pair(last)}`}`;
}
