import {closeSync, ftruncateSync, mkdirSync, openSync, rmSync, symlinkSync, writeFileSync, writeSync} from 'node:fs';
import {dirname} from 'node:path';
import {backing} from './fencing.ts';
import type {Host, Label} from './host.ts';
import {labels, SIZE} from './label.ts';
import {drbdConf, procDrbd} from './print.ts';
import {RESOURCE, type World} from './world.ts';

/** Written before, by path: what has not changed is not written again. */
type Written = Map<string, string>;
const ATTRD = 1789;

/** Keep every host's files as its kernel would show them. */
export function keepFiles(world: World): void {
	const written: Written = new Map();
	for (const host of Object.values(world.hosts)) {
		put(written, host, '/etc/drbd.conf', drbdConf(world));
		put(written, host, '/etc/hostname', `${host.name}\n`);
		put(written, host, '/proc/sys/kernel/hostname', `${host.name}\n`);
		const hostid = Buffer.alloc(4);
		hostid.writeUInt32LE(host.hostid);
		writeFileSync(`${host.root}/etc/hostid`, hostid);
		put(written, host, '/sys/module/spl/parameters/spl_hostid', '0\n');
		put(written, host, '/sys/module/zfs/version', '2.1.11-1+deb12u1\n');
		mkdirSync(`${host.root}/proc/spl/kstat/zfs`, {recursive: true});
		mkdirSync(`${host.root}/run`, {recursive: true});
	}
	const keep = (): void => {
		for (const host of Object.values(world.hosts)) {
			keepHost(world, host, written);
		}
	};
	keep();
	world.onChange(keep);
}

function keepHost(world: World, host: Host, written: Written): void {
	for (const [path, text] of Object.entries(host.on ? running(world, host) : {})) {
		put(written, host, path, text);
	}
	for (let volume = 0; volume < world.options.volumes; volume += 1) {
		keepDevices(host, volume, written);
	}
}

/** What the kernel of a running host shows, by path; nothing: not there. */
function running(world: World, host: Host): Record<string, string | undefined> {
	const {resource, module, pool, clustered} = host;
	const volumes = Array.from({length: world.options.volumes}, (_, volume) => volume);
	const disks = volumes.map(volume => ` 254  ${32 + volume}    1048576 ${nameOf(volume)}\n`).join('');
	const drbds = volumes.map(volume => ` 147  ${volume}    1048508 drbd${volume}\n`).join('');
	const version = world.options.drbd === '9' ? '9.2.8\n' : '8.4.11\n';
	const readOnly = resource && (resource.role === 'Primary' ? '0\n' : '1\n');
	const attrd = `${ATTRD} (pacemaker-attrd) S 1 ${ATTRD} ${Array.from({length: 16}, () => 0).join(' ')} 4711 0\n`;
	const trees = volumes.flatMap(volume =>
		['/sys/block', '/sys/class/block'].flatMap(tree => [
			[`${tree}/drbd${volume}/ro`, readOnly],
			[`${tree}/${nameOf(volume)}/ro`, '0\n'],
		]),
	);
	return {
		'/proc/drbd': module ? procDrbd(world, host) : undefined,
		'/sys/module/drbd/version': module ? version : undefined,
		'/proc/partitions': `major minor  #blocks  name\n\n${disks}${resource ? drbds : ''}`,
		'/proc/mounts': `/dev/vda / ext4 rw 0 0\n${pool ? 'tank /tank zfs rw,xattr,noacl 0 0\n' : ''}`,
		'/proc/spl/kstat/zfs/tank/state': pool === undefined ? undefined : `${pool}\n`,
		[`/proc/${ATTRD}/comm`]: clustered ? 'pacemaker-attrd\n' : undefined,
		[`/proc/${ATTRD}/stat`]: clustered ? attrd : undefined,
		...Object.fromEntries(trees),
	};
}

const nameOf = (volume: number): string => backing(volume).slice('/dev/'.length);

/** A Secondary's device and an attached disk cannot be opened; a link to itself cannot either. */
function keepDevices({name, root, resource, store}: Host, volume: number, written: Written): void {
	const attached = resource !== undefined && resource.disk !== 'Diskless';
	const open = resource?.role === 'Primary' ? store.data.label : 'closed';
	const host = {name, root};
	device(written, host, `/dev/drbd${volume}`, resource ? open : 'absent', volume);
	device(written, host, backing(volume), attached ? 'closed' : store.data.label, volume);
	const path = `/dev/drbd/by-res/${RESOURCE}/${volume}`;
	if (!written.has(name + path)) {
		written.set(name + path, '');
		mkdirSync(dirname(root + path), {recursive: true});
		symlinkSync(`../../../drbd${volume}`, root + path);
	}
}

/** Write a file, or take it away with the folder that was made for it. */
function put(written: Written, host: Pick<Host, 'name' | 'root'>, path: string, text: string | undefined): void {
	const key = host.name + path;
	if (text === undefined) {
		if (written.has(key)) {
			rmSync(path.endsWith('/state') || path.startsWith('/sys/module') ? dirname(host.root + path) : host.root + path, {
				recursive: true,
				force: true,
			});
			written.delete(key);
		}
	} else if (written.get(key) !== text) {
		mkdirSync(dirname(host.root + path), {recursive: true});
		writeFileSync(host.root + path, text);
		written.set(key, text);
	}
}

function device(
	written: Written,
	host: Pick<Host, 'name' | 'root'>,
	path: string,
	what: Label | undefined | 'closed' | 'absent',
	volume: number,
): void {
	const label = typeof what === 'object' && volume === 0 ? what : undefined;
	const state = typeof what === 'string' ? what : (JSON.stringify(label && {...label, guid: `${label.guid}`}) ?? 'blank');
	const key = `${host.name}${path}`;
	if (written.get(key) === state) {
		return;
	}
	written.set(key, state);
	const file = host.root + path;
	rmSync(file, {force: true});
	mkdirSync(dirname(file), {recursive: true});
	if (what === 'closed') {
		symlinkSync(path.split('/').at(-1) ?? '', file);
	} else if (what !== 'absent') {
		const open = openSync(file, 'w');
		ftruncateSync(open, SIZE);
		if (label) {
			writeSync(open, labels(label, '/dev/drbd0'));
		}
		closeSync(open);
	}
}
