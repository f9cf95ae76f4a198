/** A replicated volume on a local pool of each node: the link cut, the power cut of either, what breaks it. */

import {acquaint} from '../acquaint.ts';
import {brickFaults} from '../bricks.ts';
import {maintenance} from '../byhand.ts';
import type {Suite} from '../checks.ts';
import {holder} from '../cluster.ts';
import {type Node, other, volume, volumeMount} from '../config.ts';
import {longest} from '../cuts.ts';
import {keeper, same, together, volumeSeen} from '../gluster.ts';
import {cluster, rounds} from '../ledger.ts';
import {cut, join} from '../links.ts';
import {say, seconds} from '../report.ts';
import {intact, limits} from '../round.ts';
import {guestsWait} from '../served.ts';
import {keepAndSend, restore, take} from '../sets.ts';
import {ask, both, sh} from '../ssh.ts';
import {before, mend, tear} from '../torn.ts';
import {booted, kill} from '../vm.ts';
import {until} from '../wait.ts';
import type {Writer} from '../writer.ts';

/** The longest that a write may wait, in seconds. */
const STALL = 15;

export const gluster: Suite = {
	title: 'a replicated Gluster volume on local pools',
	async run(checks) {
		const writer = await cluster(checks, 'gluster', 'disk');
		await acquaint();
		await checks.check(
			"the storage link cut with the volume's own defaults, and nobody who keeps it: torn, named by file, and mended",
			() => plain(writer),
		);
		await checks.check(`the storage link cut: one side goes on within ${STALL} s, the other one does not, and all is healed after`, () =>
			linkCut(writer),
		);
		await checks.check('guests are started before the volume is served: they wait, and run', async () => {
			await whole();
			await guestsWait(writer, await writing());
		});
		await checks.check(`the power cut of the node that does not write: the other one goes on within ${STALL} s`, () => standby(writer));
		const set = await checks.check('a snapshot set is taken under load: every acknowledged record is below both bricks', async () => {
			await whole();
			return take(writer, await writing());
		});
		if (set) {
			await checks.check('sets are listed and pruned, and sent to another pool in steps', async () =>
				keepAndSend(writer, await writing(), set),
			);
			const last = await checks.check('another set is taken', async () => take(writer, await writing()));
			await checks.check('it is put back on both bricks: it mounts, nothing is left to heal', async () => last && restore(writer, last));
		}
		await brickFaults(checks, writer);
		await rounds(checks, 'gluster', 'disk', 'power cut', 2);
	},
};

const whole = (): Promise<unknown> => until('both copies have everything', limits.return, together, 1000);
const writing = (): Promise<Node> => until('the writer on a node', 60, holder);

/** A file written on a node's own mount: whether that was acknowledged. */
const writes = async (node: Node, name: string, limit: number): Promise<boolean> =>
	(await ask(node, `timeout -k 1 ${limit} dd if=/dev/urandom of=${volumeMount}/${name} bs=4k count=1 conv=fsync status=none`, limit + 30))
		.exit === 0;

/** As gluster makes it: no quorum, 42 s of patience. */
async function plain(writer: Writer): Promise<void> {
	await whole();
	const node = await writing();
	await maintenance(true);
	await both(keeper('stop'));
	await sh(
		node,
		`gluster --mode=script volume reset ${volume} cluster.quorum-type; gluster --mode=script volume reset ${volume} cluster.quorum-count`,
		60,
	);
	await before(node);
	await writer.attendAll();
	await writer.first(Date.now(), 60, node);
	const began = Date.now();
	await cut(other(node), 'storage');
	await until('a write was held, and is over', 300, () => longest(writer, began) > 20, 1000);
	await writer.first(Date.now(), 120, node);
	say(`  the longest stall ${seconds(longest(writer, began))} s; the other side writes too: ${await writes(other(node), 'apart', 120)}`);
	await both(tear);
	await join(other(node), 'storage');
	await until('the peers see each other', 120, async () => /Connected/u.test(await sh(node, 'gluster peer status', 60)), 1000);
	await both(keeper('start'));
	await maintenance(false);
	await mend(node, other(node));
	await whole();
}

async function linkCut(writer: Writer): Promise<void> {
	await whole();
	const node = await writing();
	await writer.attendAll();
	await writer.first(Date.now(), 60, node);
	const began = Date.now();
	await cut(other(node), 'storage');
	await until('one side goes on', 120, async () => (await volumeSeen(node))?.words === 'alone', 250);
	await writer.first(Date.now(), 60, node);
	const stalled = longest(writer, began);
	say(`  the longest stall ${seconds(stalled)} s`);
	if (await writes(other(node), 'apart-too', 60)) {
		throw new Error(`${other(node)} took a write of its own`);
	}
	await writer.first(Date.now(), 60, node);
	const joined = Date.now();
	await join(other(node), 'storage');
	await whole();
	say(`  whole again ${seconds((Date.now() - joined) / 1000)} s after the link's return`);
	await writer.pause();
	await same();
	writer.again(node);
	await intact(writer, node);
	if (stalled > STALL) {
		throw new Error(`a write waited for ${seconds(stalled)} s`);
	}
}

async function standby(writer: Writer): Promise<void> {
	await whole();
	const node = await writing();
	await writer.attendAll();
	await writer.first(Date.now(), 60, node);
	const began = Date.now();
	await kill(other(node));
	await until('one side goes on', 120, async () => (await volumeSeen(node))?.words === 'alone', 250);
	await writer.first(Date.now(), 60, node);
	const stalled = longest(writer, began);
	say(`  the longest stall ${seconds(stalled)} s`);
	await booted(other(node));
	await whole();
	await intact(writer, node);
	await writer.attend(other(node));
	if (stalled > STALL) {
		throw new Error(`a write waited for ${seconds(stalled)} s`);
	}
}
