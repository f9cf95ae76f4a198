/** What breaks a replicated volume on one node: seen, and mended or said, within two monitors. */
import type {Checks} from './checks.ts';
import {holder} from './cluster.ts';
import {brick, type Node, other, volume} from './config.ts';
import {together, volumeSeen} from './gluster.ts';
import {say, seconds} from './report.ts';
import {intact, limits} from './round.ts';
import {ask, sh} from './ssh.ts';
import {until} from './wait.ts';
import type {Writer} from './writer.ts';

/** Two monitor intervals, and what a busy node needs to say it, in seconds. */
const SEEN = 2 * 15 + 15;

const LOG = '/var/log/pacemaker/pacemaker.log';

interface Fault {
	readonly what: string;
	/** On the node that does not write. */
	readonly make: string;
	/** What the keeper or the monitor says of it. */
	readonly says: RegExp;
	/** What the fault took is given back by hand; what came of it is not. */
	readonly mend?: string;
}

const faults: readonly Fault[] = [
	{what: "the brick's process killed", make: 'pkill -9 -x glusterfsd', says: /dead: |start the brick|does not run/u},
	{
		what: 'glusterd killed, and kept from coming back',
		make: 'systemctl mask --runtime glusterd; pkill -9 -x glusterd',
		says: /glusterd does not (run|start)/u,
		mend: 'systemctl unmask --runtime glusterd',
	},
	{
		what: 'the self-heal daemon dead',
		make: 'pkill -9 -f [p]rocess-name.glustershd',
		says: /the self-heal daemon of vm was gone: it was started again/u,
	},
	{
		what: "the brick's pool exported behind its back",
		make: 'pkill -9 -x glusterfsd; zpool export -f brick',
		says: /brick\/data is not mounted at \/brick\/data/u,
	},
	{
		what: "the brick's file system full",
		make: 'zfs set quota=20M brick/data; dd if=/dev/zero of=/brick/data/filler bs=1M count=40 status=none; sync; true',
		says: /the file system of brick \/brick\/data\/vm is full/u,
		mend: 'rm /brick/data/filler; zfs set quota=none brick/data',
	},
	{
		what: 'the peer probe lost',
		make: 'rm -f /var/lib/glusterd/peers/*; pkill -9 -x glusterd',
		says: /without its record of peer \S+, which is gone/u,
		// As it is told; Pacemaker tries again by itself.
		mend: `twinpool doctor ${volume} | grep -o "printf .*" >/root/told; . /root/told`,
	},
	{what: 'the volume stopped by hand', make: `gluster --mode=script volume stop ${volume}`, says: /volume vm was stopped by hand/u},
];

/** What the keeper and the agent, by Pacemaker's log, have said on a node since that log had so many lines. */
const said = async (node: Node, {second, lines}: {second: string; lines: number}): Promise<string> =>
	(await ask(node, `journalctl --no-pager -o cat -t gluster --since @${second}; tail -n +${lines} ${LOG}`, 60)).stdout;

export async function brickFaults(checks: Checks, writer: Writer): Promise<void> {
	for (const {what, make, says, mend} of faults) {
		await checks.check(`${what}: said within two monitors, and whole again`, async () => {
			await until('both copies have everything', limits.return, together, 1000);
			const node = await until('the writer on a node', 60, holder);
			await writer.attendAll();
			await writer.first(Date.now(), 60, node);
			const [second = '', lines] = (await sh(other(node), `date +%s; wc -l <${LOG}`)).split('\n');
			const began = performance.now();
			try {
				await sh(other(node), make, 120);
				await until('somebody says so', SEEN, async () => says.test(await said(other(node), {second, lines: Number(lines) + 1})), 500);
				say(`  said after ${seconds((performance.now() - began) / 1000)} s; the keeper: ${(await volumeSeen(other(node)))?.says}`);
			} finally {
				await sh(other(node), mend ?? 'true', 120);
			}
			await until('both copies have everything', limits.return, together, 1000);
			await writer.first(Date.now(), 60);
			await intact(writer, await until('the writer on a node', 60, holder));
		});
	}
	await checks.check("another volume's brick outlives a stop", () => foreign(writer));
}

/** A second volume beside the first: a stop of the one is nothing to the other. */
async function foreign(writer: Writer): Promise<void> {
	const node = await until('the writer on a node', 60, holder);
	const away = other(node);
	await sh(node, 'gluster --mode=script volume create other $(hostname):/brick/data/other force && gluster volume start other', 120).catch(
		() =>
			sh(
				node,
				`gluster --mode=script volume create other $(ip -o -4 addr show | awk '/10\\.77\\.2\\./ {sub("/.*", "", $4); print $4}'):/brick/data/other force && gluster volume start other`,
				120,
			),
	);
	const pid = await sh(node, 'cat /run/gluster/vols/other/*.pid');
	await writer.pause();
	writer.resume();
	await sh(away, `crm_attribute --node ${node} --name standby --update on --lifetime forever`);
	await until('the volume stopped there', limits.move, async () => (await volumeSeen(node)) === undefined, 1000);
	const alive = (await ask(node, `kill -0 ${pid} && test ! -e /run/gluster/vols/${volume}/*.pid`)).exit === 0;
	await sh(away, `crm_attribute --node ${node} --name standby --delete`);
	await until('both copies have everything', limits.return, together, 1000);
	await sh(node, 'gluster --mode=script volume stop other; gluster --mode=script volume delete other; rm -rf /brick/data/other', 120);
	if (!alive) {
		throw new Error(`the other volume's brick (${pid}) ended, or ${brick} still runs`);
	}
	await intact(writer, await until('the writer on a node', 60, holder));
}
