import {readFileSync} from 'node:fs';
import type {Deadline} from '../deadline.ts';
import {at, exists, link} from '../host.ts';
import {expanded} from '../vdev/device.ts';
import {nvlist} from '../vdev/nvlist.ts';
import {importArgs} from './args.ts';
import {find, openAs, remembered} from './find.ts';
import {layers} from './layers.ts';
import {thisHost} from './owner.ts';
import type {ZpoolParams} from './params.ts';
import {inKernel, installed} from './ready.ts';

/** What will hurt at the next failover, each with its remedy. Reads only; nothing here makes a configuration invalid. */
export async function audit(params: ZpoolParams, deadline: Deadline): Promise<string[]> {
	return [...software(), ...host(), ...importers(params.pool), ...(await devices(params, deadline))];
}

function* software(): Iterable<string> {
	if (!installed('zpool')) {
		yield 'zpool is not installed: no start can succeed here; install zfsutils-linux';
	}
	if (!inKernel()) {
		yield 'the zfs module is not loaded: the first start has to load it';
	}
}

function* host(): Iterable<string> {
	if (thisHost().id === 0) {
		yield 'this host has no host id: ZFS cannot tell it from another one, multihost=on cannot work; run zgenhostid on every node';
	}
}

const UNITS = ['zfs-import-cache.service', 'zfs-import-scan.service'];
const FOLDERS = ['/lib/systemd/system', '/usr/lib/systemd/system'];

/** Whoever imports pools at boot may do so on a node that lost the pool while it was down. */
function* importers(pool: string): Iterable<string> {
	for (const unit of UNITS) {
		const there = FOLDERS.some(folder => exists(`${folder}/${unit}`));
		if (there && link(`/etc/systemd/system/${unit}`) !== '/dev/null') {
			yield `${unit} may import ${pool} at boot, behind the cluster: systemctl mask ${unit}`;
		}
	}
	if (cached().includes(pool)) {
		yield `/etc/zfs/zpool.cache names ${pool} and imports it at boot: zpool set cachefile=none ${pool}, on the node that has it`;
	}
}

/** The pools in the cache file: a name-value list with a pool's configuration under each name. */
function cached(): string[] {
	try {
		return Object.keys(nvlist(readFileSync(at('/etc/zfs/zpool.cache'))));
	} catch {
		return [];
	}
}

async function devices({pool, importargs, devices: named}: ZpoolParams, deadline: Deadline): Promise<string[]> {
	const args = importArgs(importargs);
	const given = named.length > 0 ? named : args.search;
	const finding = await find(pool, given, deadline, false);
	if ('why' in finding) {
		return (given.length > 0 ? expanded(given) : remembered(pool)).flatMap(path => hazard(pool, path));
	}
	const says = finding.found.devices.flatMap(device => hazard(pool, openAs(device)));
	const listen = Math.max(...finding.found.devices.map(({label}) => label.activity.listen));
	if (listen > 0) {
		says.push(`${pool} has multihost=on: a takeover listens ${listen} s and more before it imports; the start timeout has to allow for it`);
	}
	return says;
}

/** A pool on a zvol of the same kernel, whatever lies between (openzfs/zfs#4694, #6065). */
function hazard(pool: string, path: string): string[] {
	const below = [path.replace(/^.*\//u, ''), ...layers(path)].find(name => /^zd\d/u.test(name));
	return below === undefined
		? []
		: [
				`${pool} on ${path} lies on the zvol ${below}, a pool on a pool: both checksum, cache and write every block, so expect twice the writes and less than half the speed`,
				`${pool} on the zvol ${below} can deadlock when memory is short (openzfs/zfs#4694, #6065): cap zfs_arc_max, set primarycache=metadata on the zvol, leave the lower pool 20 % free`,
			];
}
