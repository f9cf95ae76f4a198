import type {Lifecycle} from '../lifecycle.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {settled} from './kstat.ts';
import type {Log, ZpoolParams} from './params.ts';
import type {Facts} from './states.ts';

/** One pool of this node, driven through zpool and seen through kstat. */
export const zpool = (log: Log): Lifecycle<ZpoolParams, Facts> => ({
	goals: {
		start: {reach: ['Started'], by: ['import']},
		stop: {reach: ['Stopped'], by: ['export']},
	},
	observe: ({pool}, deadline) => settled(pool, deadline),
	async resolve({state}) {
		const {machine} = await import('./machine.ts');
		return {machine, value: state, context: {}};
	},
	async act(verb, params, _facts, deadline) {
		if (verb === 'import') {
			const {importPool} = await import('./import.ts');
			return importPool(params, deadline, log);
		}
		const {exportPool} = await import('./export.ts');
		return exportPool(params, deadline, log);
	},
	refusal: (goal, facts, {pool}) => new OcfError(OCF.ERR_GENERIC, `no way to ${goal}: ${sick(pool, facts)}`),
});

/** What is wrong with an imported pool, and what helps. */
export function sick(pool: string, {state, said}: Facts): string {
	const is = `${pool} is imported and ${said || 'in no state'}`;
	switch (state) {
		case 'SUSPENDED':
			return `${is}: its devices are gone, every command would hang; only fencing or a reboot frees it`;
		case 'FAULTED':
		case 'UNAVAIL':
			return said === state
				? `${is}: too many devices or too much metadata is lost; "zpool status" tells which`
				: `${is}, which is no state that we know`;
		default:
			return `${is} and stays so`;
	}
}
