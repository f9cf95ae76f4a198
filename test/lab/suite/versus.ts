/** Side by side with the peers' agents, in one run: the same nodes, corosync.conf, DRBD resource and timeouts. */
import type {Checks, Suite} from '../checks.ts';
import {rounds, stepTable, taken} from '../ledger.ts';
import {median, seconds} from '../report.ts';

const occasions = ['power cut', 'planned move'] as const;

async function compare(checks: Checks, occasion: (typeof occasions)[number]): Promise<void> {
	process.stdout.write(`${stepTable(occasion)}\n`);
	const [ours, theirs] = [median(taken('ours', occasion).slice(0, 3)), median(taken('peer', occasion))];
	await checks.check(`${occasion}: ours ${seconds(ours)} s is at most half of the peers' ${seconds(theirs)} s`, async () => {
		if (ours === undefined || theirs === undefined) {
			throw new Error('not measured');
		}
		if (ours > theirs * 0.5) {
			throw new Error(`it is ${(ours / theirs).toFixed(2)}`);
		}
	});
}

export const versus: Suite = {
	title: 'the peers and ours side by side',
	async run(checks) {
		for (const kind of ['ours', 'peer'] as const) {
			await rounds(checks, kind, 'disk', 'power cut', 3);
			await rounds(checks, kind, 'disk', 'planned move', 1);
		}
		for (const occasion of occasions) {
			await compare(checks, occasion);
		}
	},
};
