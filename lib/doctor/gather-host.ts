import {readFileSync} from 'node:fs';
import {at, link, list, read, real} from '../host.ts';
import type {Mount} from '../mounts.ts';
import {nameOf} from '../vdev/device.ts';
import {nvlist} from '../vdev/nvlist.ts';
import type {Record} from './record.ts';

const UNITS = ['zfs-import-scan.service', 'zfs-import-cache.service', 'drbd.service', 'drbd-reactor.service'];
const FOLDER = '/etc/systemd/system';

/** How the next boot finds a unit: by the links that systemctl makes. */
export function unitsHere(): Record['units'] {
	const wanted = list(FOLDER)
		.filter(name => /\.(wants|requires)$/u.test(name))
		.flatMap(name => list(`${FOLDER}/${name}`));
	return Object.fromEntries(
		UNITS.map(unit => {
			const next = wanted.includes(unit) ? 'enabled' : 'disabled';
			return [unit, link(`${FOLDER}/${unit}`) === '/dev/null' ? 'masked' : next];
		}),
	);
}

/** The pools that the cache file names; none where there is no such file. */
export function cached(): string[] {
	try {
		return Object.keys(nvlist(readFileSync(at('/etc/zfs/zpool.cache'))));
	} catch {
		return [];
	}
}

const KSTAT = '/proc/spl/kstat/zfs';
/** What is imported here, in the kernel's words. */
export const pools = (): Record['pools'] =>
	list(KSTAT).flatMap(name => {
		const state = read(`${KSTAT}/${name}/state`)?.trim();
		return state === undefined ? [] : [{name, state}];
	});

/** Every zvol by udev's name. */
export function zvols(folder = '/dev/zvol'): Record['zvols'] {
	return list(folder).flatMap(name => {
		const path = `${folder}/${name}`;
		return link(path) === undefined ? zvols(path) : [{path, device: nameOf(path)}];
	});
}

function kindOf(holder: string): string {
	const uuid = read(`/sys/class/block/${holder}/dm/uuid`)?.trim() ?? '';
	const named = read(`/sys/class/block/${holder}/dm/name`)?.trim();
	if (/^(part\d+-)?mpath-/u.test(uuid)) {
		return `multipath ${named}`;
	}
	if (uuid.startsWith('LVM-')) {
		return `LVM ${named}`;
	}
	return holder.startsWith('md') ? `md ${holder}` : (named ?? holder);
}

/** Who sits on a block device, DRBD aside. */
export const holders = (): Record['holders'] =>
	list('/sys/class/block').flatMap(device =>
		list(`/sys/class/block/${device}/holders`)
			.filter(holder => !holder.startsWith('drbd'))
			.map(holder => ({device, holder, kind: kindOf(holder)})),
	);

/** What agents, handlers and daemons are, and what they read while the storage is away. */
const NEEDED = [
	'/usr/bin/node',
	'/usr/lib/twinpool',
	'/usr/lib/ocf/resource.d/twinpool',
	'/usr/lib/drbd',
	'/usr/sbin/fence_libvirt',
	'/etc/drbd.d',
	'/etc/corosync',
	'/etc/libvirt/qemu',
	'/var/lib/pacemaker',
	'/var/lib/corosync',
	'/var/lib/twinpool',
	'/var/lib/glusterd',
];

const above = (path: string, {point}: Mount): boolean => point === '/' || path === point || path.startsWith(`${point}/`);

export const code = (mounts: readonly Mount[]): Record['code'] =>
	NEEDED.flatMap(path => {
		const found = real(path);
		// Of a simulated host: as it calls it.
		const place = found.startsWith(at('/')) ? `/${found.slice(at('/').length)}` : found;
		// Of several on one point the last one is what is seen.
		const [best] = [...mounts]
			.reverse()
			.filter(mount => above(place, mount))
			.sort((one, two) => two.point.length - one.point.length);
		return best ? [{path, mount: {point: best.point, type: best.type, source: best.source}}] : [];
	});

/** Gluster's clients say in their command line which servers they may take the volume from, and where it is mounted. */
export const clients = (): Record['clients'] =>
	list('/proc')
		.filter(name => /^\d+$/u.test(name))
		.flatMap(pid => {
			const words = (read(`/proc/${pid}/cmdline`) ?? '').split('\0').filter(Boolean);
			const servers = words.filter(word => word.startsWith('--volfile-server=')).length;
			return /(^|\/)glusterfs$/u.test(words[0] ?? '') && servers > 0 ? [{point: words.at(-1) ?? '', servers}] : [];
		});

const LIBVIRT = '/etc/libvirt/qemu/autostart';
/** Guests that libvirt starts by itself, with the places that their definitions name. */
export const autostart = (): Record['autostart'] =>
	list(LIBVIRT)
		.filter(name => name.endsWith('.xml'))
		.map(name => {
			const text = read(`${LIBVIRT}/${name}`) ?? '';
			const places = [...text.matchAll(/<source\b[^>]*?\b(?:file|dev|dir)=(?:'([^']*)'|"([^"]*)")/gu)];
			const shared = [...text.matchAll(/<source protocol=['"]gluster['"] name=['"]([^'"]*)['"]/gu)];
			return {
				name: name.slice(0, -4),
				disks: [...places.map(([, one, two]) => one ?? two ?? ''), ...shared.map(([, path = '']) => `gluster:${path}`)],
			};
		});
