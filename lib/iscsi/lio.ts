import {mkdirSync, rmdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import * as z from 'zod/mini';
import {asName, at, exists, keep, link, list, read} from '../host.ts';
import {OCF, OcfError} from '../ocf/codes.ts';

/**
 * This host's own export of its half, in LIO's configuration file system (Documentation/target in the kernel; targetcli shows the same
 * tree). A block backstore claims its disk: for as long as it stands ZFS cannot open that disk, and after it has gone the kernel
 * has to read the partitions anew. So the export is taken down before the pool is imported here, and put back after it has gone.
 * Not through targetcli: it starts python, and saves what it sees as what comes up at the next boot.
 */
const CONFIG = '/sys/kernel/config/target';
const folder = (target: string): string => `${CONFIG}/iscsi/${target}`;

const MAPPED = z.object({acl: z.string(), lun: z.string(), protected: z.string()});
const NOTE = z.object({
	/** `iblock_0/tank`. */
	backstore: z.string(),
	device: z.string(),
	serial: z.string(),
	attributes: z.record(z.string(), z.string()),
	group: z.string(),
	lun: z.string(),
	mapped: z.array(MAPPED),
});
type Note = z.infer<typeof NOTE>;

const noteOf = (target: string, lun: number): string => `/var/lib/twinpool/export-${asName(target)}-${lun}.json`;
const line = (path: string): string => read(path)?.trim() ?? '';
const links = (path: string): string[] => list(path).filter(name => link(`${path}/${name}`) !== undefined);

/** What this host exports as this unit of this target; nothing when it does not. */
function standing(target: string, lun: number): Note | undefined {
	for (const group of list(folder(target)).filter(name => name.startsWith('tpgt_'))) {
		const unit = `${folder(target)}/${group}/lun/lun_${lun}`;
		const [own] = links(unit);
		const backstore = own === undefined ? undefined : /core\/(?<name>[^/]+\/[^/]+)$/u.exec(link(`${unit}/${own}`) ?? '')?.groups?.['name'];
		if (backstore !== undefined) {
			return {
				backstore,
				device: line(`${CONFIG}/core/${backstore}/udev_path`),
				serial: /Serial Number: (?<serial>\S+)/u.exec(line(`${CONFIG}/core/${backstore}/wwn/vpd_unit_serial`))?.groups?.['serial'] ?? '',
				attributes: Object.fromEntries(
					list(`${CONFIG}/core/${backstore}/attrib`).map(name => [name, line(`${CONFIG}/core/${backstore}/attrib/${name}`)]),
				),
				group,
				lun: `lun_${lun}`,
				mapped: mappings(`${folder(target)}/${group}/acls`, `lun/lun_${lun}`),
			};
		}
	}
	return undefined;
}

const mappings = (acls: string, unit: string): Note['mapped'] =>
	list(acls).flatMap(acl =>
		list(`${acls}/${acl}`)
			.filter(
				name =>
					name.startsWith('lun_') && links(`${acls}/${acl}/${name}`).some(own => link(`${acls}/${acl}/${name}/${own}`)?.endsWith(unit)),
			)
			.map(lun => ({acl, lun, protected: line(`${acls}/${acl}/${lun}/write_protect`)})),
	);

/** The initiators that this host's own target lets in. */
export const admitted = (target: string): string[] =>
	list(folder(target))
		.filter(name => name.startsWith('tpgt_'))
		.flatMap(group => list(`${folder(target)}/${group}/acls`));

/** A folder of the configuration goes with the attributes in it; in a simulated tree they are files. */
function removeFolder(path: string): void {
	for (const name of links(path)) {
		unlinkSync(at(`${path}/${name}`));
	}
	if (process.env['TWINPOOL_ROOT']) {
		rmSync(at(path), {recursive: true});
	} else {
		rmdirSync(path);
	}
}

/**
 * Take the export down. Gives the disk that is free now; nothing when there was no export.
 * @throws {OcfError} it stands, and the pool must not be imported here
 */
export function withdrawExport(target: string, lun: number): string | undefined {
	const note = standing(target, lun);
	if (!note) {
		return undefined;
	}
	const group = `${folder(target)}/${note.group}`;
	try {
		if (!keep(noteOf(target, lun), JSON.stringify(note))) {
			throw new Error('/var/lib/twinpool cannot be written');
		}
		for (const {acl, lun: mapped} of note.mapped) {
			removeFolder(`${group}/acls/${acl}/${mapped}`);
		}
		removeFolder(`${group}/lun/${note.lun}`);
		removeFolder(`${CONFIG}/core/${note.backstore}`);
	} catch (error) {
		throw new OcfError(OCF.ERR_GENERIC, `the export ${target} of ${note.device} cannot be taken down: ${String(error)}`, {cause: error});
	}
	return note.device;
}

/**
 * Put back what was taken down here. Gives what it did, as a sentence; nothing when there was nothing to do.
 * @throws {OcfError}
 */
export function restoreExport(target: string, lun: number): string | undefined {
	const {data: note} = NOTE.safeParse(JSON.parse(read(noteOf(target, lun)) ?? 'null'));
	if (!(note && exists(folder(target))) || standing(target, lun)) {
		return undefined;
	}
	const store = `${CONFIG}/core/${note.backstore}`;
	const group = `${folder(target)}/${note.group}`;
	const put = (path: string, text: string): void => {
		// The kernel made these folders with the first one.
		mkdirSync(dirname(at(path)), {recursive: true});
		writeFileSync(at(path), text);
	};
	try {
		mkdirSync(at(store), {recursive: true});
		put(`${store}/control`, `udev_path=${note.device}`);
		put(`${store}/udev_path`, note.device);
		put(`${store}/enable`, '1');
		if (note.serial) {
			put(`${store}/wwn/vpd_unit_serial`, note.serial);
		}
		for (const [name, value] of Object.entries(note.attributes)) {
			if (!name.startsWith('hw_') && line(`${store}/attrib/${name}`) !== value) {
				put(`${store}/attrib/${name}`, value);
			}
		}
		mkdirSync(at(`${group}/lun/${note.lun}`));
		symlinkSync(at(store), at(`${group}/lun/${note.lun}/${note.backstore.replace('/', '-')}`));
		for (const {acl, lun: mapped, protected: locked} of note.mapped) {
			const unit = `${group}/acls/${acl}/${mapped}`;
			mkdirSync(at(unit));
			symlinkSync(at(`${group}/lun/${note.lun}`), at(`${unit}/${note.lun}`));
			put(`${unit}/write_protect`, locked || '0');
		}
	} catch (error) {
		throw new OcfError(
			OCF.ERR_GENERIC,
			`the export ${target} of ${note.device} cannot be put back: ${String(error)}; "targetctl restore" does`,
			{
				cause: error,
			},
		);
	}
	return `${note.device} is exported again as ${target}`;
}
