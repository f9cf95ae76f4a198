import type {Handler} from '../ocf/agent.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import type {Env} from '../ocf/params.ts';
import {sick, zpool} from './index.ts';
import {look, settled} from './kstat.ts';
import type {ZpoolParams} from './params.ts';

type Action = Handler<Omit<ZpoolParams, 'instance'>>;

const named = (params: Omit<ZpoolParams, 'instance'>, env: Env): ZpoolParams => ({...params, instance: env['OCF_RESOURCE_INSTANCE'] ?? ''});

/** Everything but monitor loads what it needs when it needs it: a healthy monitor is one file read. */
const start: Action = async ({params, deadline, log, env}) => {
	const [{reach}, {ready}] = await Promise.all([import('../reach.ts'), import('./ready.ts')]);
	if (look(params.pool).state === 'absent') {
		ready(params.pool);
	}
	await reach(zpool(log), 'start', named(params, env), deadline, log);
	if (params.zvol_wait > 0) {
		const {zvolsReady} = await import('./zvol.ts');
		await zvolsReady(params.pool, params.zvol_wait, deadline, log);
	}
	return OCF.SUCCESS;
};

const stop: Action = async ({params, deadline, log, env}) => {
	if (look(params.pool).state === 'absent') {
		return OCF.SUCCESS;
	}
	const {reach} = await import('../reach.ts');
	await reach(zpool(log), 'stop', named(params, env), deadline, log);
	return OCF.SUCCESS;
};

/** kstat only: a zpool command hangs on the very pool that most needs a monitor. */
const monitor: Action = async ({params: {pool, degraded}, deadline}) => {
	const facts = await settled(pool, deadline);
	switch (facts.state) {
		case 'absent':
			return OCF.NOT_RUNNING;
		case 'ONLINE':
			return OCF.SUCCESS;
		case 'DEGRADED':
			return degraded ? OCF.DEGRADED : OCF.SUCCESS;
		default:
			// Never "not running": what is imported may be written to.
			throw new OcfError(OCF.ERR_GENERIC, sick(pool, facts));
	}
};

const validate: Action = async ({params, env, log, deadline}) => {
	const {importArgs} = await import('./args.ts');
	importArgs(params.importargs);
	if (Number(env['OCF_CHECK_LEVEL'] ?? 0) >= 10) {
		const {audit} = await import('./audit.ts');
		(await audit(named(params, env), deadline)).forEach(log);
	}
	return OCF.SUCCESS;
};

export const perform = {start, stop, monitor, 'validate-all': validate};
