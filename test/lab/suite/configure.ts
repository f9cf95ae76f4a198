/** From two bare nodes and one topology file to a cluster that is proved: served by one command a node, looked at, drilled, examined; each layout. */
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {benched} from '../benched.ts';
import type {Checks, Suite} from '../checks.ts';
import {type Node, other} from '../config.ts';
import {forget, plannedDrill, powerDrill} from '../drilled.ts';
import {clean, untried} from '../examined.ts';
import {bare, FILE, type Layout, layouts, mounted, quiet, whole} from '../layouts.ts';
import {dist} from '../package.ts';
import {parted} from '../parted.ts';
import {say, seconds} from '../report.ts';
import {limits} from '../round.ts';
import {ask, both, sh} from '../ssh.ts';
import {allWell, saysGone} from '../status.ts';
import {kill} from '../vm.ts';
import {until} from '../wait.ts';
import {watched} from '../watched.ts';

const apply = (node: Node): Promise<string> => sh(node, `twinpool configure ${FILE} --apply`, 900);

async function served(layout: Layout): Promise<void> {
	const began = performance.now();
	await both(apply);
	const has = await until('it is served', limits.move, async () => {
		const now = await mounted(layout);
		return now.length === (layout === 'gluster' ? 2 : 1) && now;
	});
	say(`  ${seconds((performance.now() - began) / 1000)} s after the command, ${layouts[layout].mount} is on ${has.join(' and ')}`);
}

async function idempotent(): Promise<void> {
	await both(async node => {
		await sh(node, `twinpool configure ${FILE} --check`, 60);
		const said = await apply(node);
		if (!/: nothing to change\n== the cluster has its configuration already: nothing is done$/u.test(said)) {
			throw new Error(`${node}: the second time it says ${said}`);
		}
	});
}

/** One after the other: they share a host, and what a look costs is measured by others. */
async function seen(layout: Layout): Promise<void> {
	await quiet(layout);
	await allWell('alpha');
	await allWell('bravo');
}

/** What an admin sees then, in dist/lab. */
async function keepScreen(layout: Layout, node: Node): Promise<void> {
	const folder = join(dist, 'lab', 'screen');
	await mkdir(folder, {recursive: true});
	await writeFile(join(folder, `${layout}.txt`), (await ask(node, 'twinpool status', 60)).stdout);
}

/** The power cut of a node that has it; the other one says what is so from then on, until all is as before. */
async function failover(layout: Layout, node: Node): Promise<void> {
	const {mount} = layouts[layout];
	await quiet(layout);
	await sh(node, `echo acknowledged >${mount}/record && sync ${mount}/record`, 60);
	const cut = performance.now();
	await kill(node);
	const left = other(node);
	const status = saysGone(left);
	// It is awaited below, once the node has what it needs.
	status.catch(() => undefined);
	await until(
		'the record on the other node',
		limits.move,
		async () => (await ask(left, `timeout 20 cat ${mount}/record`, 60)).stdout === 'acknowledged\n',
		500,
	);
	await until(
		'a write there',
		limits.move,
		async () => (await ask(left, `timeout 20 dd if=/dev/zero of=${mount}/more bs=4k count=1 conv=fsync`, 60)).exit === 0,
	);
	say(`  ${seconds((performance.now() - cut) / 1000)} s after the power cut of ${node}, ${left} has the record and takes writes`);
	const {items} = await status;
	const gone = items.filter(({kind, node: whose}) => whose === node && /^(node|fencing)$/u.test(kind));
	say(`  status of ${left}: ${gone.map(({kind, words}) => `${kind} ${words}`).join(', ')}`);
	await keepScreen(layout, left);
	await until('whole again, without a hand', limits.return, () => whole[layout](left).catch(() => false), 2000);
	await seen(layout);
}

async function each(checks: Checks, layout: Layout): Promise<void> {
	await checks.need(`${layout}: two bare nodes`, () => bare(layout));
	await checks.need(`${layout}: one command a node, and ${layouts[layout].mount} is served`, () => served(layout));
	await checks.check(`${layout}: --check finds nothing, and a second --apply does nothing`, idempotent);
	await checks.check(`${layout}: status of either node says what is so: all is well`, () => seen(layout));
	await checks.check(`${layout}: doctor finds that fencing was never tried, and nothing else`, () => untried('alpha', 'bravo'));
	await forget(layout);
	const survivor = await checks.check(`${layout}: drill --power`, () => powerDrill(layout));
	if (layout !== 'gluster') {
		await checks.check(`${layout}: drill, there and back`, () => plannedDrill(layout));
	}
	// Whoever was not fenced yet: after it both have been.
	const node = survivor ?? (await mounted(layout))[0] ?? 'alpha';
	await checks.check(`${layout}: the power cut of a node that has it, and status says what is so`, () => failover(layout, node));
	await checks.check(`${layout}: doctor finds nothing`, async () => {
		await quiet(layout);
		await clean('alpha');
		await clean('bravo');
		await clean('alpha', 'bravo');
	});
	await checks.check(`${layout}: bench, beside a local pool and beside what the seed's own lines make`, () => benched(layout));
	if (layout === 'drbd') {
		await watched(checks);
		await parted(checks);
	}
}

const one = (layout: Layout): Suite => ({
	title: `twinpool configure, ${layout}: from two bare nodes and one file to a cluster that serves, and is proved`,
	run: checks => each(checks, layout),
});

/** A suite each: every one begins with new nodes. */
export const configures: Record<string, Suite> = Object.fromEntries(
	(Object.keys(layouts) as Layout[]).map(layout => [`configure-${layout}`, one(layout)]),
);
