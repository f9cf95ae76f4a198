import {existsSync} from 'node:fs';
import type {Deadline} from '../deadline.ts';
import {exists} from '../host.ts';
import {run, ToolError} from '../run.ts';
import {type GuestsParams, storageFor} from './params.ts';
import {namesOf} from './place.ts';
import {domainsOf, poolsFor, see} from './see.ts';
import {lives, strays} from './storage.ts';
import {autostarted, definitions, listed} from './virsh.ts';

/** What will hurt at the next failover, each with its remedy. Reads only. */
export async function audit(params: GuestsParams, deadline: Deadline): Promise<string[]> {
	const {uri} = params;
	if (!(process.env['PATH'] ?? '').split(':').some(folder => folder !== '' && existsSync(`${folder}/virsh`))) {
		return ['virsh is not installed: no start can succeed here; install libvirt-clients'];
	}
	const says: string[] = [];
	if (exists('/etc/systemd/system/multi-user.target.wants/libvirt-guests.service')) {
		says.push('libvirt-guests.service may start and stop guests behind the cluster: systemctl disable libvirt-guests');
	}
	try {
		const {guests, silent} = await see(uri, deadline);
		if (silent !== undefined) {
			return [...says, `libvirt at ${uri} does not answer: ${silent}`];
		}
		const flagged = listed((await run(autostarted(uri), {timeout: deadline.left()})).stdout);
		const domains = await domainsOf(
			uri,
			guests.map(({uuid}) => uuid),
			deadline,
			definitions,
		);
		const storage = storageFor(params, undefined);
		const pools = await poolsFor(
			uri,
			[...domains.values()].map(({xml}) => xml),
			deadline,
		);
		const asking = {storage, names: namesOf(storage), pools};
		for (const {uuid, name} of guests) {
			const xml = domains.get(uuid)?.xml;
			if (!xml || lives(xml, asking).length === 0) {
				continue;
			}
			if (flagged.includes(uuid)) {
				says.push(`${name} has autostart set and would start at boot, on both nodes: virsh autostart --disable --domain ${uuid}`);
			}
			const elsewhere = strays(xml, asking);
			if (elsewhere > 0) {
				says.push(
					`${name} has ${elsewhere} ${elsewhere === 1 ? 'disk' : 'disks'} elsewhere: the other node needs them under the same name`,
				);
			}
		}
	} catch (error) {
		if (!(error instanceof ToolError)) {
			throw error;
		}
		says.push(error.message);
	}
	return says;
}
