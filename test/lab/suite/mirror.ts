/** A mirror of a disk of each node, one of them over iSCSI: the link cut, the holder's power cut, nobody to fence. */
import type {Suite} from '../checks.ts';
import {holder} from '../cluster.ts';
import {other} from '../config.ts';
import {imported, linkCut} from '../cuts.ts';
import {cluster, rounds} from '../ledger.ts';
import {cut, join} from '../links.ts';
import {mirrored} from '../mirror.ts';
import {connectPower, unplugPower} from '../power.ts';
import {say, seconds} from '../report.ts';
import {intact, limits} from '../round.ts';
import {ask, sh} from '../ssh.ts';
import {until} from '../wait.ts';
import type {Writer} from '../writer.ts';

/** What the leg's agent is told, in seconds, and what may come on top of it. */
const stall = {told: 10, slack: 3};
/** From the link's return to a leg that has everything. */
const back = 15;

export const mirror: Suite = {
	title: 'a ZFS mirror with an iSCSI leg',
	async run(checks) {
		const writer = await cluster(checks, 'leg', 'disk');
		await checks.check(
			`the storage link cut: no write waits longer than ${stall.told + stall.slack} s, and ${back} s after its return all is well`,
			async () => {
				const one = await linkCut(writer);
				say(`  the longest stall ${seconds(one.stalled)} s, whole again ${seconds(one.whole)} s after the link's return`);
				const node = await until('the pool on a node', 60, holder);
				await intact(writer, node);
				if (one.stalled > stall.told + stall.slack || one.whole > back) {
					throw new Error(`it took ${seconds(one.stalled)} s and ${seconds(one.whole)} s`);
				}
			},
		);
		await rounds(checks, 'leg', 'disk', 'power cut', 2);
		await checks.check('both links cut and nobody to fence: the pool is on one node', () => alone(writer));
	},
};

/** Nobody can be fenced while both sides are alone: seen for a minute after the cluster has noticed. */
async function alone(writer: Writer): Promise<void> {
	await until('the mirror is whole', limits.return, mirrored, 500);
	const node = await until('the pool on a node', 60, holder);
	await writer.attendAll();
	await writer.first(Date.now(), 60, node);
	await unplugPower();
	const apart = Date.now();
	for (const link of ['cluster', 'storage'] as const) {
		await cut(other(node), link);
	}
	await until('the other one has noticed', 120, async () => /UNCLEAN/u.test((await ask(other(node), 'crm_mon -1', 60)).stdout), 500);
	for (let looks = 0; looks < 30; looks += 1) {
		await holder();
		await sh(node, 'sleep 2');
	}
	if (await imported(other(node))) {
		throw new Error(`the pool is imported on ${other(node)} too`);
	}
	const alone = writer.acknowledged.filter(({at}) => at > apart + stall.told * 1000).length;
	if (alone > 0) {
		throw new Error(`${alone} writes were taken by ${node} while nobody knew whether ${other(node)} was about to take over`);
	}
	say(`  after a minute: ${(await ask(node, 'cat /run/twinpool/leg-tank.seen')).stdout}`);
	for (const link of ['cluster', 'storage'] as const) {
		await join(other(node), link);
	}
	await connectPower();
	await until('all as before', limits.return, mirrored, 1000);
	await intact(writer, await until('the pool on a node', 60, holder));
}
