/** Everything that can break between two nodes, one after the other, with fence_libvirt as STONITH and guests on the pool. */
import type {Checks, Suite} from '../checks.ts';
import {endure, whole} from '../endurance.ts';
import {type Endured, report} from '../endured.ts';
import {faults} from '../fault/drbd.ts';
import {kinds} from '../kind.ts';
import {cluster} from '../ledger.ts';
import {sh} from '../ssh.ts';
import {Watch} from '../watch.ts';

/** The agent as the cluster's own tools see it on a node, and against the hypervisor that will be asked. */
async function stonith(checks: Checks): Promise<void> {
	await checks.check('fence_libvirt: stonith_admin and pcs show it', async () => {
		for (const show of ['stonith_admin --metadata --agent fence_libvirt', 'pcs stonith describe fence_libvirt']) {
			const text = await sh('alpha', show);
			if (!/missing_as_off/u.test(text)) {
				throw new Error(`${show}: ${text}`);
			}
		}
	});
}

export const faultSuite: Suite = {
	title: 'links, power, freezes and a killed handler, with the nodes as libvirt guests',
	async run(checks) {
		const writer = await cluster(checks, 'guests', 'disk');
		await stonith(checks);
		const watch = new Watch(kinds.guests);
		const endured: Endured[] = [];
		try {
			let from = await checks.need(`both nodes are in step, ${watch.guests.length} guests beside the pool`, () => whole(watch));
			for (const fault of faults) {
				const round = await endure({checks, writer, watch}, fault, from);
				endured.push(round);
				from = round.to;
			}
		} finally {
			await watch.close();
			process.stdout.write(`${report(endured)}\n`);
		}
	},
};
