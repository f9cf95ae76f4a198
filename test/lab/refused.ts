/** Starts that must not happen: where DRBD is not Primary, below it, and where something else has the pool's disk. */
import {holder} from './cluster.ts';
import {disks, type Node, other, pool} from './config.ts';
import {say} from './report.ts';
import {ask, sh} from './ssh.ts';
import {until} from './wait.ts';

const agent =
	'OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=trial OCF_RESKEY_CRM_meta_timeout=10000 %s /usr/lib/ocf/resource.d/twinpool/zpool start';

async function refused(node: Node, name: string, devices: string, why: RegExp): Promise<void> {
	const params = `OCF_RESKEY_pool=${name} OCF_RESKEY_devices=${devices}`;
	const {exit, stderr} = await ask(node, agent.replace('%s', params), 60);
	const [, reason = stderr] = /ocf-exit-reason:(.*)/u.exec(stderr) ?? [];
	say(`  ${node}, ${devices || 'wherever it is'}: ${reason.trim()}`);
	const there = (await ask(node, `test -e /proc/spl/kstat/zfs/${name}/state`, 30)).exit === 0;
	if (exit !== 1 || there || !why.test(reason)) {
		throw new Error(`${node}: start of ${name} ended with ${exit}, ${there ? 'and it is imported' : 'it is not imported'}: ${stderr}`);
	}
}

/** Once on the node that is Secondary, by DRBD's device, by the disk below it, and by none. */
export async function whereSecondary(): Promise<void> {
	const node = other(await until('the pool on a node', 60, holder));
	await refused(node, pool, '/dev/drbd0', /\/dev\/drbd0 is not writable on this node now/u);
	await refused(node, pool, disks.data, /is in use here|but below \/dev\/drbd0/u);
	await refused(node, pool, '', /not writable on this node now|but below \/dev\/drbd0|is in use here/u);
}

/** A pool of its own on a disk that device mapper has. */
export async function whereTaken(name: string): Promise<void> {
	const disk = `${disks.spare}1`;
	await sh('alpha', `dmsetup create taken --table "0 2048 linear ${disk} 0"`, 30);
	try {
		await refused('alpha', name, disk, new RegExp(`${disk} is in use here`, 'u'));
	} finally {
		await sh('alpha', 'dmsetup remove taken', 30);
	}
}
