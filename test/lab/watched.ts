/** What watch shows of a link that is cut and joined again, how long after the kernel, and what it costs when nothing happens. */
import type {Checks} from './checks.ts';
import {type Node, nodes, resource} from './config.ts';
import {type Empty, emptyNode, follow, idle, leave, lines, nodeTime, type Shown, shown} from './follower.ts';
import {mounted, quiet} from './layouts.ts';
import {cut, join} from './links.ts';
import {say} from './report.ts';
import {both, sh} from './ssh.ts';
import type {Item} from './truth.ts';
import {until} from './wait.ts';

/** Seconds; and what an empty node takes where that was asked for: these nodes are slower by as much as theirs takes longer. */
const SOON = 1;
const EMPTY = 0.065;
/** Of a processor. */
const IDLE = 0.005;
const MINUTE = 60;

const ofDrbd =
	(node: Node, words: RegExp) =>
	(line: Item): boolean =>
		line.kind === 'drbd' && line.name === resource && line.node === node && words.test(line.words);

/** Within a second, or what that is on this node. */
export function inTime(node: Node, what: string, {late, kernel, line}: Shown, {wall}: Empty): void {
	const scaled = (late * EMPTY) / wall;
	say(`  ${node}: ${what}: ${late.toFixed(2)} s after the kernel's "${kernel.slice(0, 90)}" watch shows ${line.words}`);
	say(
		`    ${(late / wall).toFixed(2)} empty nodes (${wall.toFixed(2)} s each here): ${(1000 * scaled).toFixed(0)} ms where one takes ${EMPTY * 1000} ms`,
	);
	if (!(scaled < SOON && late > -0.5)) {
		throw new Error(`${node}: ${what}: ${late.toFixed(2)} s`);
	}
}

export async function watched(checks: Checks): Promise<void> {
	const [holder = 'alpha'] = await mounted('drbd');
	await quiet('drbd');
	const empty = {alpha: await emptyNode('alpha'), bravo: await emptyNode('bravo')};
	await checks.check('watch shows a cut link', async () => {
		await both(follow);
		const since = await both(nodeTime);
		await both(node => cut(node, 'storage'));
		for (const [index, node] of nodes.entries()) {
			const gone = await shown(node, 'the cut', since[index] ?? 0, /conn\( Connected -> \w+/u, ofDrbd(node, /^\w+ \w+ (?!Connected)/u));
			inTime(node, 'the link cut', gone, empty[node]);
		}
		await until('the constraint of the handler', 240, async () =>
			/drbd-fence-by-handler/u.test(await sh(holder, 'cibadmin --query --local --scope constraints', 60)),
		);
		await until(
			'watch to show it',
			240,
			async () => (await lines(holder)).some(({kind, level}) => kind === 'constraint' && level === 'ill'),
			2000,
		);
		// So that there is something to resync.
		await sh(holder, 'dd if=/dev/urandom of=/tank/bulk bs=1M count=128 conv=fsync status=none', 300);
	});
	await checks.check('watch shows the resync, how far it is, and its end', async () => {
		const since = await both(nodeTime);
		await both(node => join(node, 'storage'));
		for (const [index, node] of nodes.entries()) {
			const begun = since[index] ?? 0;
			const resync = await shown(node, 'the resync', begun, /conn\( \w+ -> Sync(Source|Target) \)/u, ofDrbd(node, /Sync(Source|Target)/u));
			inTime(node, 'the resync', resync, empty[node]);
			const end = await shown(
				node,
				'its end',
				begun,
				/conn\( Sync(Source|Target) -> Connected \)/u,
				line => ofDrbd(node, / UpToDate Connected$/u)(line) && Date.parse(line.time) > Date.parse(resync.line.time),
			);
			inTime(node, 'its end', end, empty[node]);
			const progress = (await lines(node)).filter(({kind, says = ''}) => kind === 'drbd' && / % done/u.test(says));
			say(
				`    in between: ${
					progress
						.slice(0, 5)
						.map(({says}) => says)
						.join(', ') || 'nothing'
				}`,
			);
			if (progress.length === 0) {
				throw new Error(`${node}: watch never said how far the resync is`);
			}
		}
		await quiet('drbd');
	});
	await checks.check('an idle watch uses next to nothing', async () => {
		for (const node of nodes) {
			await until(`nothing new on ${node} for half a minute`, 600, async () => (await idle(node, MINUTE / 2)).events === 0, 0);
			const {own, all, events} = await idle(node, MINUTE);
			const {wall, cpu} = empty[node];
			const share = (all / MINUTE) * (EMPTY / cpu);
			const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;
			say(
				`  ${node}: ${own.toFixed(2)} s of the processor in a minute (${percent(own / MINUTE)}), ${all.toFixed(2)} s with all that it started (${percent(all / MINUTE)}); ${events} lines`,
			);
			say(
				`    an empty node takes ${wall.toFixed(2)} s there, ${cpu.toFixed(2)} s of the processor: ${percent(share)} of one where it takes ${EMPTY * 1000} ms`,
			);
			if (!(share < IDLE)) {
				throw new Error(`${node}: ${percent(share)} of a processor`);
			}
		}
	});
	await both(leave);
}
