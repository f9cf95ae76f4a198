import * as z from 'zod/mini';
import {parsed} from '../cluster/seen.ts';
import {list, read} from '../host.ts';
import type {Record} from './record.ts';

const SESSIONS = '/sys/class/iscsi_session';
const line = (path: string): string => read(path)?.trim() ?? '';

/** The initiator's sessions, by what the kernel says of them. */
export const sessions = (): Record['sessions'] =>
	list(SESSIONS).map(id => {
		const device = `${SESSIONS}/${id}/device`;
		const inside = list(device);
		const connection = inside.find(name => name.startsWith('connection')) ?? '';
		const at = `${device}/${connection}/iscsi_connection/${connection}`;
		return {
			target: line(`${SESSIONS}/${id}/targetname`),
			replacement: line(`${SESSIONS}/${id}/recovery_tmo`),
			interval: line(`${at}/recv_tmo`),
			timeout: line(`${at}/ping_tmo`),
			disks: inside
				.filter(name => name.startsWith('target'))
				.flatMap(target => list(`${device}/${target}`).flatMap(unit => list(`${device}/${target}/${unit}/block`))),
		};
	});

/** open-iscsi's node records: TARGET/PORTAL, a file, or a folder with a file for each interface. */
export const records = (): Record['nodes'] =>
	['/etc/iscsi/nodes', '/var/lib/iscsi/nodes'].flatMap(root =>
		list(root).flatMap(target =>
			list(`${root}/${target}`).flatMap(portal => {
				const place = `${root}/${target}/${portal}`;
				const files = [place, ...list(place).map(name => `${place}/${name}`)];
				return files.flatMap(file => {
					const startup = /^node\.startup\s*=\s*(\S+)/mu.exec(read(file) ?? '')?.[1];
					return startup === undefined ? [] : [{target, startup}];
				});
			}),
		),
	);

const CONFIG = '/sys/kernel/config/target';
const SAVED = z.object({storage_objects: z.array(z.object({name: z.optional(z.string()), dev: z.optional(z.string())}))});

/** LIO's backstores: those that stand in the kernel, and those that its own unit makes at boot. */
export const exports = (): Record['stores'] => [
	...list(`${CONFIG}/core`).flatMap(hba =>
		list(`${CONFIG}/core/${hba}`).flatMap(name => {
			const device = line(`${CONFIG}/core/${hba}/${name}/udev_path`);
			return device === '' ? [] : [{name: `${hba}/${name}`, device, saved: false}];
		}),
	),
	...['/etc/rtslib-fb-target/saveconfig.json', '/etc/target/saveconfig.json'].flatMap(file =>
		(parsed(SAVED, read(file))?.storage_objects ?? []).flatMap(({name = '', dev}) =>
			dev === undefined ? [] : [{name: `${name} in ${file}`, device: dev, saved: true}],
		),
	),
];

/** Targets in LIO's demo mode, and not for reading alone: whoever reaches the portal has the disk. */
export const openTargets = (): Record['open'] =>
	list(`${CONFIG}/iscsi`).filter(target =>
		list(`${CONFIG}/iscsi/${target}`)
			.filter(name => name.startsWith('tpgt_'))
			.some(group => {
				const attribute = (name: string): string => line(`${CONFIG}/iscsi/${target}/${group}/attrib/${name}`);
				return (
					attribute('generate_node_acls') === '1' && attribute('demo_mode_write_protect') === '0' && attribute('authentication') !== '1'
				);
			}),
	);
