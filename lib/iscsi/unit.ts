import {keep} from '../host.ts';
import type {Env} from '../ocf/params.ts';
import {run} from '../run.ts';
import {type LegParams, runFile} from './params.ts';

const unit = (pool: string): string => `twinpool-leg@${pool}.service`;

/** As systemd reads an environment file: in double quotes, with a backslash before what ends or expands them. */
const quoted = (value: string): string => `"${value.replace(/["\\$`]/gu, '\\$&')}"`;

async function systemctl(verb: string, pool: string): Promise<string | undefined> {
	try {
		const {exit, stderr} = await run(['systemctl', verb, unit(pool)], {timeout: 15_000});
		return exit === 0 ? undefined : `systemctl ${verb} ${unit(pool)} ended with ${exit}: ${stderr.trim().split('\n')[0] ?? ''}`;
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
}

/** Start who keeps the leg, with the parameters of this action; a program of its own, as the cluster manager's end with their action. */
export function keeperOn({pool}: LegParams, env: Env): Promise<string | undefined> {
	const given = Object.entries(env).filter(([name]) => /^OCF_RESKEY_[a-z]\w*$/u.test(name));
	if (!keep(runFile(pool, 'env'), given.map(([name, value]) => `${name}=${quoted(value ?? '')}\n`).join(''))) {
		return Promise.resolve(`/run/twinpool cannot be written: nobody keeps the leg of ${pool}`);
	}
	return systemctl('start', pool);
}

export const keeperOff = (pool: string): Promise<string | undefined> => systemctl('stop', pool);
