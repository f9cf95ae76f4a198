/** The peers alone: that the lab itself works, and the numbers to compare with. */
import type {Suite} from '../checks.ts';
import {rounds, stepTable} from '../ledger.ts';

export const peer: Suite = {
	title: "the peers' agents alone",
	async run(checks) {
		await rounds(checks, 'peer', 'disk', 'power cut', 3);
		await rounds(checks, 'peer', 'disk', 'planned move', 1);
		process.stdout.write(`${stepTable('power cut')}\n${stepTable('planned move')}\n`);
	},
};
