/** The second layout: DRBD over a zvol of a pool that each node keeps, the shared pool on top. */
import type {Suite} from '../checks.ts';
import {holder} from '../cluster.ts';
import {nodes} from '../config.ts';
import {cluster, rounds, stepTable} from '../ledger.ts';
import {say} from '../report.ts';
import {splitBrain} from '../splitbrain.ts';
import {sh} from '../ssh.ts';
import {until} from '../wait.ts';

/** What each of the two agents has to say, as an admin asks it before going live. */
const validate = [
	'OCF_RESOURCE_INSTANCE=vmstore OCF_RESKEY_drbd_resource=vmstore /usr/lib/ocf/resource.d/twinpool/drbd validate-all',
	'OCF_CHECK_LEVEL=10 OCF_RESOURCE_INSTANCE=tank OCF_RESKEY_pool=tank /usr/lib/ocf/resource.d/twinpool/zpool validate-all',
].map(call => `OCF_ROOT=/usr/lib/ocf OCF_RESKEY_CRM_meta_timeout=60000 ${call} 2>&1`);

/** What became of the resync that followed each power cut. */
async function snapshots(): Promise<void> {
	for (const node of nodes) {
		const said = await sh(
			node,
			'journalctl --boot --output=cat --identifier=twinpool-before-resync-target --identifier=twinpool-after-resync-target',
		);
		say(`  ${node}: ${[...said.matchAll(/"(?:why|snapshots)":"([^"]*)"/gu)].map(([, why]) => why).join(' | ')}`);
		if (!(/1 zvols were snapshotted/u.test(said) && /1 of 1 snapshots were dropped/u.test(said))) {
			throw new Error(`${node}: ${said}`);
		}
		const left = await sh(node, 'zfs list -H -t snapshot -o name');
		if (left !== '') {
			throw new Error(`${node} still has ${left}`);
		}
	}
}

export const zvol: Suite = {
	title: 'DRBD over a zvol',
	async run(checks) {
		await cluster(checks, 'ours', 'zvol');
		await checks.check('validate-all says what a pool on a zvol risks', async () => {
			const node = await until('the pool on a node', 60, holder);
			for (const call of validate) {
				const said = await sh(node, call);
				say(`  ${said.trim().replaceAll('\n', '\n             ')}`);
				if (!/zvol/u.test(said)) {
					throw new Error(`not a word about the zvol: ${said}`);
				}
			}
		});
		await rounds(checks, 'ours', 'zvol', 'power cut', 2);
		process.stdout.write(`${stepTable('power cut')}\n`);
		await checks.check('each resync had a snapshot of the zvol beside it, which is gone', snapshots);
		await splitBrain(checks);
	},
};
