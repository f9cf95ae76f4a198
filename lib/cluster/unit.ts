import {keep} from '../host.ts';
import type {Env} from '../ocf/params.ts';
import {run} from '../run.ts';

/** As systemd reads an environment file: in double quotes, with a backslash before what ends or expands them. */
const quoted = (value: string): string => `"${value.replace(/["\\$`]/gu, '\\$&')}"`;

async function systemctl(verb: string, unit: string): Promise<string | undefined> {
	try {
		const {exit, stderr} = await run(['systemctl', verb, unit], {timeout: 15_000});
		return exit === 0 ? undefined : `systemctl ${verb} ${unit} ended with ${exit}: ${stderr.trim().split('\n')[0] ?? ''}`;
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
}

/**
 * Start a resident program with the parameters of this action, as a unit of its own: the cluster manager's children end with their
 * action. `file` is where the unit reads them. Gives why it could not be started.
 */
export function unitOn(unit: string, file: string, env: Env): Promise<string | undefined> {
	const given = Object.entries(env).filter(([name]) => /^OCF_RESKEY_[a-z]\w*$/u.test(name));
	return keep(file, given.map(([name, value]) => `${name}=${quoted(value ?? '')}\n`).join(''))
		? systemctl('start', unit)
		: Promise.resolve(`${file} cannot be written: ${unit} is not started`);
}

export const unitOff = (unit: string): Promise<string | undefined> => systemctl('stop', unit);
