import {existsSync} from 'node:fs';
import {exists} from '../host.ts';
import {OCF, OcfError} from '../ocf/codes.ts';

/** Programs are looked for where the kernel will look for them, also on a simulated host. */
export const installed = (tool: string): boolean =>
	(process.env['PATH'] ?? '').split(':').some(folder => folder !== '' && existsSync(`${folder}/${tool}`));

export const inKernel = (): boolean => exists('/proc/spl') || exists('/sys/module/zfs');

/**
 * Is the software there? The module may be missing: zpool loads it.
 * @throws {OcfError} 5: this node cannot, another may
 */
export function ready(pool: string): void {
	if (!installed('zpool')) {
		throw new OcfError(OCF.ERR_INSTALLED, `zpool is not installed: ${pool} cannot be imported here; install zfsutils-linux`);
	}
}
