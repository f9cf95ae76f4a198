/** A mirror of a disk of each node, one of them over iSCSI: the link cut, the holder's power cut, nobody to fence. */
import {good, maintenance} from '../byhand.ts';
import type {Suite} from '../checks.ts';
import {holder} from '../cluster.ts';
import {disks, other, pool} from '../config.ts';
import {imported, linkCut, longest} from '../cuts.ts';
import {cluster, rounds} from '../ledger.ts';
import {cut, join} from '../links.ts';
import {mirrored, session} from '../mirror.ts';
import {connectPower, unplugPower} from '../power.ts';
import {say, seconds} from '../report.ts';
import {intact, limits} from '../round.ts';
import {ask, both, sh} from '../ssh.ts';
import {booted} from '../vm.ts';
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
		await checks.check("the storage link cut with open-iscsi's own timers, and nobody who keeps the leg: for comparison", () =>
			plain(writer),
		);
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
		await checks.check('the holder is rebooted in good order, with open-iscsi.service as the distribution has it', () => rebooted(writer));
		await rounds(checks, 'leg', 'disk', 'power cut', 2);
		await checks.check('both links cut and nobody to fence: the pool is on one node', () => alone(writer));
	},
};

/** The pool as the seed has it: imported by hand over a session with open-iscsi's defaults. */
async function plain(writer: Writer): Promise<void> {
	const node = await until('the pool on a node', 60, holder);
	await until('the mirror is whole', limits.return, mirrored, 500);
	await maintenance(true);
	await writer.pause();
	await good(node, 'zpool', 'stop');
	await good(node, 'leg', 'stop');
	const {login, logout} = session(node);
	// The example's export is taken down by our agent only: here by hand.
	await sh(node, `targetctl clear; ${[...logout].join('; ')}; ${login.join(' && ')}`, 120);
	const leg = await sh(node, 'basename /sys/class/iscsi_session/*/device/target*/*/block/*');
	writer.resume();
	await sh(node, `zpool import -o cachefile=none -d ${disks.data}1 -d /dev/${leg}1 ${pool}`, 120);
	await writer.attendAll();
	await writer.first(Date.now(), 120, node);
	const began = Date.now();
	await cut(other(node), 'storage');
	await until('a write was held, and is over', 300, () => longest(writer, began) > 60, 1000);
	await writer.first(Date.now(), 120, node);
	say(`  the longest stall ${seconds(longest(writer, began))} s`);
	await join(other(node), 'storage');
	await until('the session is back', 120, async () => (await sh(node, 'cat /sys/class/iscsi_session/*/state')) === 'LOGGED_IN', 1000);
	await sh(node, 'sleep 20', 60);
	say(`  20 s after the link's return, nobody did anything: ${/leg|state: \S+/u.exec(await sh(node, `zpool status ${pool}`))?.[0]}`);
	await sh(
		node,
		`zpool online ${pool} ${leg}1; zpool clear ${pool}; zpool wait -t resilver ${pool}; zpool sync ${pool}; sleep 5; zpool wait -t resilver ${pool}`,
		300,
	);
	await writer.pause();
	await sh(node, `zpool export ${pool} && ${logout.join(' && ')} && targetctl restore`, 120);
	await good(node, 'leg', 'start');
	writer.resume();
	await good(node, 'zpool', 'start');
	await maintenance(false);
	await until('the mirror is whole', limits.return, mirrored, 500);
}

/** At a shutdown the initiator logs out of everything: not before Pacemaker has stopped the pool. */
async function rebooted(writer: Writer): Promise<void> {
	const node = await until('the pool on a node', 60, holder);
	await until('the mirror is whole', limits.return, mirrored, 500);
	await both(one => sh(one, 'systemctl enable --now open-iscsi.service'));
	await writer.attendAll();
	await writer.first(Date.now(), 60, node);
	await writer.pause();
	writer.resume();
	const order = Date.now();
	await ask(node, 'systemctl reboot', 60);
	const {at} = await writer.first(order, limits.move, other(node));
	say(`  ${other(node)} took a synced write after ${seconds((at - order) / 1000)} s`);
	await booted(node);
	await until('the mirror is whole', limits.return, mirrored, 500);
	await intact(writer, other(node));
	const said = await sh(node, 'journalctl -b -1 -o short-precise -t iscsi-leg -t systemd -t iscsid | tail -n 400');
	const stopped = /Stopped.*Pacemaker High Availability/u.exec(said)?.index ?? -1;
	const ended = /Stopped.*(Login to default iSCSI targets|iSCSI initiator daemon)/u.exec(said)?.index ?? -1;
	if (stopped < 0 || ended < 0 || ended < stopped) {
		throw new Error(`the initiator went before Pacemaker had stopped: ${said.slice(-2000)}`);
	}
}

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
