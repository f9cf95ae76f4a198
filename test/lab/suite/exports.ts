/** The halves offered by tgtd, and by the resource agents that people have, as the examples say: each moved once, in good order. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Checks, Suite} from '../checks.ts';
import {holder} from '../cluster.ts';
import {address, disks, initiatorOf, type Node, nodes, other, pool, targetOf} from '../config.ts';
import {imported} from '../cuts.ts';
import {cluster, leave} from '../ledger.ts';
import {mirrored, secrets} from '../mirror.ts';
import {limits, plannedMove} from '../round.ts';
import {both, put, sh} from '../ssh.ts';
import {until} from '../wait.ts';
import type {Writer} from '../writer.ts';

const example = (name: string): Promise<string> => readFile(join(import.meta.dirname, '..', '..', '..', 'examples', name), 'utf8');

/** The example's names are ours from now on. */
const named = (text: string, node: Node): string =>
	nodes
		.reduce(
			(said, one) =>
				said
					.replaceAll(`iqn.2026-11.com.example:${one}.tank`, targetOf(one))
					.replaceAll(`iqn.2026-11.com.example:${one}"`, `${initiatorOf(one)}"`)
					.replaceAll(one === 'alpha' ? '10.77.2.1' : '10.77.2.2', address('storage', one)),
			text,
		)
		.replaceAll('/dev/disk/by-id/OWN-DISK', disks.data)
		.replaceAll('<target iqn.2026-11.test.twinpool:alpha.tank>', `<target ${targetOf(node)}>`)
		.replace('initiator-name iqn.2026-11.com.example:bravo', `initiator-name ${initiatorOf(other(node))}`)
		.replace('OTHER-SECRET', secrets['leg-secret-in'])
		.replace('SECRET', secrets['leg-secret']);

const role = (word: string): Promise<string> =>
	sh('alpha', `for r in leg ${pool}; do crm_resource -r $r --meta -p target-role -v ${word}; done`);

/** Nothing runs, and nobody offers anything: then the other way of offering. */
async function instead(writer: Writer, change: (node: Node) => Promise<unknown>, after: () => Promise<unknown>): Promise<void> {
	await until('the pool on a node', 60, holder);
	await until('the mirror is whole', limits.return, mirrored, 500);
	await writer.pause();
	await role('Stopped');
	await until('the pool is nowhere', 180, async () => !(await Promise.all(nodes.map(imported))).some(Boolean), 1000);
	await until(
		'the leg is stopped',
		120,
		async () => !/Started/u.test(await sh('alpha', 'crm_resource -r leg -W 2>&1 | grep running || true')),
		1000,
	);
	await both(change);
	writer.resume();
	await after();
	await role('Started');
	await until('the mirror is whole', limits.return, mirrored, 500);
}

const byTgt = async (node: Node): Promise<void> => {
	await sh(node, 'targetctl clear; systemctl disable rtslib-fb-targetctl; rm -f /etc/rtslib-fb-target/saveconfig.json');
	await put(node, '/etc/tgt/conf.d/tank.conf', named(await example('iscsi-export-tgt.conf'), node), '600');
	await sh(node, 'systemctl enable --now tgt; tgtadm --lld iscsi --op show --mode target | grep -q vdb', 60);
};

const byResources = async (node: Node): Promise<void> => {
	await sh(node, 'systemctl disable --now tgt; rm /etc/tgt/conf.d/tank.conf');
	await put(node, '/root/iscsi-targets.crm', named(await example('iscsi-targets.crm'), node));
};

async function moved(checks: Checks, writer: Writer, how: string): Promise<void> {
	await checks.check(`${how}: a planned move, and a whole mirror after it`, async () => {
		await plannedMove(writer);
		await until('the mirror is whole', limits.return, mirrored, 500);
	});
}

export const exports: Suite = {
	title: 'halves offered by tgtd, and by ocf:heartbeat:iSCSITarget and iSCSILogicalUnit',
	async run(checks) {
		const writer = await cluster(checks, 'leg', 'disk');
		await checks.need('offered by tgtd', () => instead(writer, byTgt, () => sh('alpha', 'crm_resource -r leg -p lun -v 1')));
		await moved(checks, writer, 'offered by tgtd');
		await checks.need("offered by the cluster's own resources", () =>
			instead(writer, byResources, () =>
				sh(
					'alpha',
					'crm_resource -r leg -d lun; for p in chap_username chap_password_file chap_username_in chap_password_in_file; do crm_resource -r leg -d $p; done; crm configure load update /root/iscsi-targets.crm',
					120,
				),
			),
		);
		await moved(checks, writer, "offered by the cluster's own resources");
		// It is no cluster any more that another suite would know.
		await leave();
	},
};
