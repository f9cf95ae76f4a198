import type {Deadline} from '../deadline.ts';
import {exists, read} from '../host.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {run} from '../run.ts';
import {drbdadm} from './index.ts';
import {moduleVersion} from './look.ts';

/** What start and validate-all check before anything is touched. */
export interface Wanted {
	drbd_resource: string;
	drbdconf: string;
	require_drbd_module_version_ge: string;
	require_drbd_module_version_lt: string;
	promotedMax: number;
}

const parts = (version: string): number[] => version.split('.').map(Number);

/** Negative, zero or positive, as the first version is older than, the same as, or newer than the second. */
export function compare(one: string, two: string): number {
	const [left, right] = [parts(one), parts(two)];
	for (const index of [0, 1, 2]) {
		const difference = (left[index] ?? 0) - (right[index] ?? 0);
		if (difference !== 0) {
			return difference;
		}
	}
	return 0;
}

/**
 * The configuration on this node, once: readable, valid, knows the resource, fits the module and the number of Primaries.
 * Gives what `drbdadm dump` shows.
 * @throws {OcfError} 5 for what is wrong on this node only, 6 for what is wrong everywhere
 */
export async function checkConfig(wanted: Wanted, deadline: Deadline): Promise<string> {
	const {drbd_resource: name, drbdconf} = wanted;
	if (!exists(drbdconf) || read(drbdconf) === undefined) {
		throw new OcfError(OCF.ERR_INSTALLED, `${drbdconf} cannot be read on this node: install it, or correct parameter drbdconf`);
	}
	const {exit, stdout, stderr} = await run(drbdadm(wanted, 'dump'), {timeout: deadline.left()});
	if (exit !== 0) {
		const said = stderr.trim().split('\n')[0] ?? '';
		const what = /not defined/iu.test(stderr)
			? `DRBD resource ${name} is not defined in ${drbdconf} on this node`
			: `${drbdconf} is not valid`;
		throw new OcfError(OCF.ERR_INSTALLED, `${what}: ${said}`);
	}
	if (wanted.promotedMax > 1 && !allowsTwoPrimaries(stdout)) {
		throw new OcfError(
			OCF.ERR_CONFIGURED,
			`promoted-max is ${wanted.promotedMax}, but ${name} does not allow-two-primaries in its net section: set both or neither`,
		);
	}
	checkModule(wanted);
	return stdout;
}

/** Whether `drbdadm dump` shows the resource with two Primaries allowed. */
export const allowsTwoPrimaries = (dump: string): boolean => /^\s*allow-two-primaries(\s+yes)?\s*;/mu.test(dump);

function checkModule({require_drbd_module_version_ge: least, require_drbd_module_version_lt: below}: Wanted): void {
	const version = moduleVersion();
	if (version && (compare(version, least) < 0 || compare(version, below) >= 0)) {
		throw new OcfError(
			OCF.ERR_INSTALLED,
			`DRBD's kernel module is ${version}; the configuration wants at least ${least} and less than ${below}`,
		);
	}
}
