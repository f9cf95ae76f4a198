// twinpool graph --svg, built: whatever the machines are called, it is one well-formed picture, always the same, on which nothing lies on anything.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {SaxesParser} from 'saxes';
import t, {type Test} from 'tap';
import {PHASES, subjects} from '../../lib/cli/graph.ts';
import {type Section, svg} from '../../lib/cli/graph-svg.ts';
import {edges} from '../../lib/graph.ts';
import {TWINPOOL, twinpool} from '../fake/datasets.ts';
import {Tree} from '../fake/tree.ts';

interface Box {
	kind: string;
	x: number;
	y: number;
	width: number;
	height: number;
}

/** The texts, and the boxes of states and labels where they are in the end; throws where it is not well-formed. */
function read(text: string): {texts: string[]; boxes: Box[]; width: number; height: number} {
	const shifts: [number, number][] = [];
	const texts: string[] = [];
	const boxes: Box[] = [];
	const size = {width: 0, height: 0};
	let inside = '';
	const parser = new SaxesParser();
	parser.on('opentag', ({name, attributes: {x, y, width, height, class: kind = '', transform = ''}}) => {
		inside = name;
		if (name === 'svg') {
			Object.assign(size, {width: Number(width), height: Number(height)});
		} else if (name === 'g') {
			const [, left = '', top = ''] = /^translate\((\S+) (\S+)\)$/u.exec(transform) ?? [];
			shifts.push([Number(left), Number(top)]);
		} else if (name === 'rect' && /state|behind/u.test(kind)) {
			const [left, top] = shifts.reduce(([one, two], [three, four]) => [one + three, two + four], [0, 0]);
			boxes.push({kind, x: Number(x) + left, y: Number(y) + top, width: Number(width), height: Number(height)});
		}
	});
	parser.on('text', words => inside === 'text' && words.trim() && texts.push(words));
	parser.on('closetag', ({name}) => {
		inside = '';
		if (name === 'g') {
			shifts.pop();
		}
	});
	parser.on('error', error => {
		throw error;
	});
	parser.write(text).close();
	return {texts, boxes, ...size};
}

const apart = (one: Box, two: Box): boolean =>
	one.x + one.width <= two.x || two.x + two.width <= one.x || one.y + one.height <= two.y || two.y + two.height <= one.y;

function legible(t: Test, sections: readonly Section[]): void {
	const {texts, boxes, width, height} = read(svg(sections));
	for (const {title, edges: arrows} of sections) {
		for (const word of [title, ...arrows.flatMap(({from, to, label, region}) => [from, to, label, region.split('.').at(-1)])]) {
			t.ok(word === '' || texts.includes(word ?? ''), `${title} shows ${word}`);
		}
	}
	const labels = sections.flatMap(one => one.edges).length;
	t.equal(boxes.filter(({kind}) => kind === 'behind').length, labels, 'an arrow, a label');
	const over = boxes.flatMap((one, index) => boxes.slice(index + 1).filter(two => !apart(one, two)));
	t.same(over, [], 'nothing lies on anything');
	t.ok(
		boxes.every(one => one.x >= 0 && one.y >= 0 && one.x + one.width <= width && one.y + one.height <= height),
		'nothing sticks out',
	);
}

t.test('every machine in every phase', async t => {
	for (const [name, load] of Object.entries(subjects)) {
		const subject = await load();
		legible(
			t,
			PHASES.map(phase => ({title: `${name}: ${phase}`, edges: edges(subject, phase)})),
		);
	}
});

t.test('names that a picture could trip over', async t => {
	const from = `<script>"&'`;
	const arrows = [
		{region: ']]>', from, to: 'b', label: '<!--'},
		{region: ']]>', from: 'b', to: from, label: '&lt;'},
		{region: ']]>', from: 'b', to: '__proto__', label: 'constructor'},
		{region: '', from: 'a', to: 'ä'.repeat(60), label: 'x'.repeat(60)},
	];
	legible(t, [{title: '</title><script>', edges: arrows}]);
	t.notMatch(svg([{title: '', edges: arrows}]), /native code/u);
	legible(t, [{title: 'nothing to do', edges: []}]);
});

t.test('the command', async t => {
	const here = new Tree(t.testdir());
	const [one, two] = await Promise.all([twinpool(here, 'graph', '--svg'), twinpool(here, 'graph', '--svg')]);
	t.match(one, {code: 0, stderr: ''});
	t.equal(one.stdout, two.stdout, 'always the same');
	const {texts} = read(one.stdout);
	for (const name of Object.keys(subjects)) {
		t.ok(texts.includes(`${name}: failover`));
	}
	t.notOk(texts.includes('volume: tear down'), 'what has nothing to do is left out');
	t.notMatch(one.stdout, /<script|href|url\((?!#)/u, 'with nothing to load');
	const some = await twinpool(here, 'graph', 'zpool', 'bring', 'up', '--svg');
	t.same(
		read(some.stdout).texts.filter(words => words.includes(':')),
		['zpool: bring up', 'bold: what is done; dashed: what may happen; thin: what comes by itself'],
	);
	t.match(await twinpool(here, 'graph', 'zpool', '--png'), {code: 2, stdout: '', stderr: /Unknown option '--png'/u});
	t.match(await twinpool(here, 'graph', 'nothing', '--svg'), {code: 2, stdout: '', stderr: /expected drbd or zpool/u});
	t.match(await twinpool(here, 'graph', 'zpool', 'fail', '--svg'), {code: 2, stdout: '', stderr: /one of: bring up/u});
	const {stdout} = await twinpool(here, 'graph', 'zpool');
	const [, drawn = ''] = /^%% zpool: failover\n(?<drawn>stateDiagram-v2\n(?:.+\n)+)/mu.exec(stdout) ?? [];
	t.ok(readFileSync('lib/README.md', 'utf8').includes(`\`\`\`mermaid\n${drawn}\`\`\``), 'as Mermaid it is what the documents show');
});

t.test('a reader that has had enough', async t => {
	const child = spawn(process.execPath, [TWINPOOL, 'graph'], {stdio: ['ignore', 'pipe', 'pipe']});
	child.stdout.destroy();
	let said = '';
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
		said += chunk;
	});
	t.same(await once(child, 'close'), [0, null]);
	t.equal(said, '');
});
