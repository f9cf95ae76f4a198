/** Ten power cuts in a row, the holder being another node each time; nobody lends a hand. */
import type {Suite} from '../checks.ts';
import {rounds, stepTable} from '../ledger.ts';

export const powercuts: Suite = {
	title: 'ten power cuts of the holder, alternating nodes, writes in flight',
	async run(checks) {
		await rounds(checks, 'ours', 'disk', 'power cut', 10);
		process.stdout.write(`${stepTable('power cut')}\n`);
	},
};
