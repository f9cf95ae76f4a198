/** The second layout: DRBD over a zvol of a pool that each node keeps, the shared pool on top. */
import type {Suite} from '../checks.ts';
import {cluster, rounds, stepTable} from '../ledger.ts';
import {say} from '../report.ts';
import {sh} from '../ssh.ts';

const validate =
	'OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=tank OCF_RESKEY_pool=tank OCF_RESKEY_CRM_meta_timeout=60000 /usr/lib/ocf/resource.d/twinpool/zpool validate-all 2>&1';

export const zvol: Suite = {
	title: 'DRBD over a zvol',
	async run(checks) {
		await cluster(checks, 'ours', 'zvol');
		await checks.check('validate-all says what a pool on a zvol risks', async () => {
			const said = (await Promise.all((['alpha', 'bravo'] as const).map(node => sh(node, validate)))).join('\n');
			say(`  ${said.trim().replaceAll('\n', '\n             ')}`);
			if (!/zvol/u.test(said)) {
				throw new Error('not a word about the zvol');
			}
		});
		await rounds(checks, 'ours', 'zvol', 'power cut', 2);
		process.stdout.write(`${stepTable('power cut')}\n`);
	},
};
