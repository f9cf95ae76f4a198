/** The peers' own configuration, of which only the agents' names and the handlers' paths are changed. */
import type {Suite} from '../checks.ts';
import {rounds, stepTable} from '../ledger.ts';

export const dropin: Suite = {
	title: "the peers' configuration with our agents in it",
	async run(checks) {
		await rounds(checks, 'dropin', 'disk', 'power cut', 2);
		await rounds(checks, 'dropin', 'disk', 'planned move', 1);
		process.stdout.write(`${stepTable('power cut')}\n`);
	},
};
