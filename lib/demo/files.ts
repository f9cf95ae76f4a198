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
	const {resource, on, module, pool, store} = host;
	const volumes = Array.from({length: world.options.volumes}, (_, volume) => volume);
	const primary = resource?.role === 'Primary';
	put(written, host, '/proc/drbd', on && module ? procDrbd(world, host) : undefined);
	put(written, host, '/sys/module/drbd/version', on && module ? (world.options.drbd === '8.4' ? '8.4.11\n' : '9.2.8\n') : undefined);
	put(written, host, '/proc/partitions', `major minor  #blocks  name\n\n${volumes.map(volume => ` 254  ${32 + volume}    1048576 ${backing(volume).slice(5)}\n`).join('')}${resource ? volumes.map(volume => ` 147  ${volume}    1048508 drbd${volume}\n`).join('') : ''}`);
	put(written, host, '/proc/mounts', `/dev/vda / ext4 rw 0 0\n${pool ? 'tank /tank zfs rw,xattr,noacl 0 0\n' : ''}`);
	put(written, host, '/proc/spl/kstat/zfs/tank/state', pool && on ? `${pool}\n` : undefined);
	put(written, host, `/proc/${ATTRD}/comm`, on && host.clustered ? 'pacemaker-attrd\n' : undefined);
	put(written, host, `/proc/${ATTRD}/stat`, on && host.clustered ? `${ATTRD} (pacemaker-attrd) S 1 ${ATTRD} ${Array.from({length: 16}, () => 0).join(' ')} 4711 0\n` : undefined);
	for (const volume of volumes) {
		const attached = resource && resource.disk !== 'Diskless';
		for (const tree of ['/sys/block', '/sys/class/block']) {
			put(written, host, `${tree}/drbd${volume}/ro`, resource ? `${primary ? 0 : 1}\n` : undefined);
			put(written, host, `${tree}/${backing(volume).slice(5)}/ro`, '0\n');
		}
		// A Secondary's device and an attached disk cannot be opened; a link to itself cannot either.
		device(written, host, `/dev/drbd${volume}`, resource ? (primary ? store.data.label : 'closed') : 'absent', volume);
		device(written, host, backing(volume), attached ? 'closed' : store.data.label, volume);
		const link = `/dev/drbd/by-res/${RESOURCE}/${volume}`;
		if (written.get(host.name + link) === undefined) {
			written.set(host.name + link, '');
			mkdirSync(dirname(host.root + link), {recursive: true});
			symlinkSync(`../../../drbd${volume}`, host.root + link);
		}
	}
}

/** Write a file, or take it away with the folder that was made for it. */
function put(written: Written, host: Host, path: string, text: string | undefined): void {
	const key = host.name + path;
	if (text === undefined) {
		if (written.has(key)) {
			rmSync(path.endsWith('/state') || path.startsWith('/sys/module') ? dirname(host.root + path) : host.root + path, {recursive: true, force: true});
			written.delete(key);
		}
	} else if (written.get(key) !== text) {
		mkdirSync(dirname(host.root + path), {recursive: true});
		writeFileSync(host.root + path, text);
		written.set(key, text);
	}
}

function device(written: Written, host: Host, path: string, what: Label | undefined | 'closed' | 'absent', volume: number): void {
	const label = typeof what === 'object' && volume === 0 ? what : undefined;
	const state = typeof what === 'string' ? what : JSON.stringify(label && {...label, guid: `${label.guid}`}) ?? 'blank';
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
