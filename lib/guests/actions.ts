import type {Handler} from '../ocf/agent.ts';
import {OCF} from '../ocf/codes.ts';
import {monitorAll} from './monitor.ts';
import {checked, type GuestsParams} from './params.ts';

type Action = Handler<GuestsParams>;

/** Everything but monitor loads what it needs when it needs it. */
const start: Action = async call => {
	const {startAll} = await import('./start.ts');
	await startAll(call);
	return OCF.SUCCESS;
};

const stop: Action = async call => {
	const {stopAll} = await import('./stop.ts');
	await stopAll(call);
	return OCF.SUCCESS;
};

const validate: Action = async ({params, deadline, log}) => {
	checked(params);
	const {audit} = await import('./audit.ts');
	(await audit(params, deadline)).forEach(log);
	return OCF.SUCCESS;
};

export const perform = {start, stop, monitor: monitorAll, 'validate-all': validate};
