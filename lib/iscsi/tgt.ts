import * as z from 'zod/mini';
import type {Deadline} from '../deadline.ts';
import {asName, exists, keep, read} from '../host.ts';
import {lastWord} from '../lifecycle.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {type Result, run} from '../run.ts';

/**
 * The same export through tgtd, where somebody has that: only the unit goes and comes, the target with its accounts and addresses
 * stays. tgtd does not claim the disk, so that nothing but this keeps the other host from writing to it.
 */
const NOTE = z.object({
	tid: z.string(),
	lun: z.string(),
	device: z.string(),
	/** How tgtd reads and writes it: rdwr, aio, ... */
	type: z.string(),
	/** What the unit is to an initiator: the same after it comes back. */
	id: z.string(),
	serial: z.string(),
});
export type Unit = z.infer<typeof NOTE>;

const noteOf = (target: string, lun: number): string => `/var/lib/twinpool/tgt-${asName(target)}-${lun}.json`;

const tgtadm = (deadline: Deadline, ...args: string[]): Promise<Result> =>
	run(['tgtadm', '--lld', 'iscsi', ...args], {timeout: Math.max(1, Math.min(10_000, deadline.left()))});

/** One unit of one target in the text of `tgtadm --op show --mode target` (tgt 1.0.85); nothing where it has none with a disk. */
export function unitIn(text: string, target: string, lun: number): Unit | undefined {
	const own = text.split(/^(?=Target \d+: )/mu).find(part => /^Target \d+: (?<name>.*)/u.exec(part)?.groups?.['name'] === target);
	const unit = own?.split(/^(?=\s+LUN: \d+$)/mu).find(part => /^\s+LUN: (?<lun>\d+)/u.exec(part)?.groups?.['lun'] === `${lun}`);
	const said = (what: string): string => new RegExp(`^\\s+${what}: (?<value>.*)$`, 'mu').exec(unit ?? '')?.groups?.['value'] ?? '';
	const device = said('Backing store path');
	return own && device.startsWith('/')
		? {
				tid: /^Target (?<tid>\d+)/u.exec(own)?.groups?.['tid'] ?? '',
				lun: `${lun}`,
				device,
				type: said('Backing store type'),
				id: said('SCSI ID'),
				serial: said('SCSI SN'),
			}
		: undefined;
}

/** tgtadm's answer where no tgtd runs (ENOTCONN). */
const NOBODY = 107;

async function standing(target: string, lun: number, deadline: Deadline): Promise<Unit | undefined> {
	if (!exists('/run/tgtd/socket.0')) {
		return undefined;
	}
	const shown = await tgtadm(deadline, '--op', 'show', '--mode', 'target');
	if (shown.exit === NOBODY) {
		return undefined;
	}
	if (shown.exit !== 0) {
		throw new OcfError(OCF.ERR_GENERIC, `what tgtd exports cannot be seen: ${lastWord(shown)}`);
	}
	return unitIn(shown.stdout, target, lun);
}

/**
 * Take the unit away, also from those who are logged in. Gives the disk that is free now; nothing when there was none.
 * @throws {OcfError} it stands, and the pool must not be imported here
 */
export async function withdrawUnit(target: string, lun: number, deadline: Deadline): Promise<string | undefined> {
	const unit = await standing(target, lun, deadline);
	if (!unit) {
		return undefined;
	}
	if (!keep(noteOf(target, lun), JSON.stringify(unit))) {
		throw new OcfError(OCF.ERR_GENERIC, `the export ${target} cannot be taken down: /var/lib/twinpool cannot be written`);
	}
	const gone = await tgtadm(deadline, '--op', 'delete', '--mode', 'logicalunit', '--tid', unit.tid, '--lun', unit.lun);
	if (gone.exit !== 0) {
		throw new OcfError(OCF.ERR_GENERIC, `the export ${target} of ${unit.device} cannot be taken down: ${lastWord(gone)}`);
	}
	return unit.device;
}

/** Offer the unit again, the same to its initiators as before. Gives what it did, as a sentence. @throws {OcfError} */
export async function restoreUnit(target: string, lun: number, deadline: Deadline): Promise<string | undefined> {
	const {data: unit} = NOTE.safeParse(JSON.parse(read(noteOf(target, lun)) ?? 'null'));
	if (!unit || (await standing(target, lun, deadline))) {
		return undefined;
	}
	const where = ['--mode', 'logicalunit', '--tid', unit.tid, '--lun', unit.lun];
	for (const change of [
		['new', '--bstype', unit.type, '-b', unit.device],
		['update', '--params', `scsi_sn=${unit.serial},scsi_id=${unit.id}`],
	]) {
		const [op = '', ...rest] = change;
		const done = await tgtadm(deadline, '--op', op, ...where, ...rest);
		if (done.exit !== 0) {
			throw new OcfError(
				OCF.ERR_GENERIC,
				`the export ${target} of ${unit.device} cannot be put back: ${lastWord(done)}; "tgt-admin -e" does`,
			);
		}
	}
	return `${unit.device} is exported again as ${target}`;
}
