/** The real thing once for each layout: a cluster with the installed package, and the power of the pool's holder cut under writes. */
import type {Suite} from '../checks.ts';
import {rounds, stepTable} from '../ledger.ts';

export const smoke: Suite = {
	title: 'a real failover under Pacemaker, of ZFS on DRBD and of a ZFS mirror with an iSCSI leg: the power cut under writes',
	async run(checks) {
		await rounds(checks, 'leg', 'disk', 'power cut', 1);
		await rounds(checks, 'ours', 'disk', 'power cut', 1);
		process.stdout.write(`${stepTable('power cut')}\n`);
	},
};
