import type {Deadline} from '../deadline.ts';
import type {Outcome} from '../lifecycle.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {type Argv, type Result, ToolError} from '../run.ts';
import {type ImportArgs, importArgs} from './args.ts';
import {find, type Found, openAs, remember} from './find.ts';
import {claim, thisHost} from './owner.ts';
import type {Log, ZpoolParams} from './params.ts';
import {watched} from './watched.ts';

/** How much of the operation's time devices may take to show up: the rest is the import's. */
const PATIENCE = 1 / 4;
const waited = ({timeout, left}: Deadline): boolean => timeout * 0.9 - left() > timeout * PATIENCE;
const refuse = (reason: string): Outcome => ({refused: new OcfError(OCF.ERR_GENERIC, reason)});

/** Find the pool's devices, ask whose it is, import it from exactly there. One process where nothing is in doubt. */
export async function importPool(params: ZpoolParams, deadline: Deadline, log: Log): Promise<Outcome> {
	const {pool} = params;
	const args = importArgs(params.importargs);
	const named = params.devices.length > 0 ? params.devices : args.search;
	const finding = await find(pool, named);
	if ('why' in finding) {
		return waited(deadline) ? refuse(finding.why) : {again: finding.why};
	}
	const {found} = finding;
	if (found.incomplete && !waited(deadline)) {
		return {again: `${pool} has ${found.newest.tops} vdevs, not all of them are here yet`};
	}
	if (found.missing.length > 0) {
		log(`${pool} goes without ${found.missing.map(({path}) => path).join(', ')}`);
	}
	const verdict = await right(params, args, found, deadline, log);
	if (verdict instanceof OcfError) {
		return {refused: verdict};
	}
	const wait = slow(found, verdict.force);
	if (wait > deadline.left() / 1000) {
		return refuse(`${pool} has multihost=on: the import listens ${wait} s for its last owner, start has ${Math.floor(deadline.left() / 1000)} s left; raise the start timeout`);
	}
	if (wait > 0) {
		log(`${pool} has multihost=on: the import listens about ${wait} s for its last owner`);
	}
	const result = await watched(command(pool, args, found, verdict.force), pool, deadline);
	if (result.exit === 0 || /pool already exists|with that name already exists/u.test(result.stderr)) {
		remember(pool, found.devices.map(openAs));
		return {done: true};
	}
	return failed(pool, args, found, result, deadline);
}

/** The one command of a start. Never without `-d`: a scan of /dev costs more than everything else in a failover. */
export function command(pool: string, args: ImportArgs, {devices, newest}: Found, force: boolean): Argv {
	const where = args.own ? args.search : devices.map(openAs);
	return [
		'zpool',
		'import',
		...where.flatMap(path => ['-d', path]),
		'-o',
		'cachefile=none',
		...(force ? ['-f'] : []),
		// Keys in files are loaded before the mounts; a prompt finds no standard input and is reported, never waited for.
		...(args.keys || newest.encrypted ? ['-l'] : []),
		...args.rest,
		pool,
	];
}

/** May it be imported here, and does it take force? A refusal says who had it, why that is not settled, and what to do. */
async function right({pool, importforce}: ZpoolParams, args: ImportArgs, {newest, missing}: Found, deadline: Deadline, log: Log): Promise<{force: boolean} | OcfError> {
	if (importforce === 'true' || args.force) {
		return {force: true};
	}
	const here = thisHost();
	if (here.id === 0) {
		log('this host has no host id: ZFS cannot tell it from another one; run zgenhostid on every node');
	}
	const says = claim(newest, here);
	if ('free' in says) {
		return {force: false};
	}
	if ('ours' in says) {
		return {force: says.force && importforce === 'auto'};
	}
	if (says.twin) {
		log(`${says.owner} and this host have the same host id ${says.hostid.toString(16)}: run zgenhostid -f on one of them`);
	}
	if (importforce === 'false') {
		return new OcfError(OCF.ERR_GENERIC, `${pool} was not exported by ${says.owner} and importforce is false: export it there, or set importforce to auto`);
	}
	const {lookAt} = await import('./device.ts');
	for (const {path} of missing) {
		const {why} = await lookAt(path);
		if (why === 'is in use here') {
			return new OcfError(OCF.ERR_GENERIC, `${pool} is not forced: its disk ${path} is in use here; release it first`);
		}
	}
	const {knownDown} = await import('../cluster/history.ts');
	const {down, why} = await knownDown(says.owner, deadline);
	if (!down) {
		return new OcfError(OCF.ERR_GENERIC, `${pool} was last used by ${says.owner}, not known to be down: ${why}. Fence it (stonith_admin --fence ${says.owner}) or export it there`);
	}
	log(`${pool} is taken from ${says.owner}: ${why}`);
	return {force: true};
}

/** Seconds that the kernel listens for another owner before it imports; not for an exported pool, nor for one of its own. */
function slow({devices, newest}: Found, force: boolean): number {
	const here = thisHost();
	const listens = newest.state === 'active' && newest.hostid !== 0 && newest.hostid !== here.id;
	return listens || (force && newest.hostid !== here.id) ? Math.max(...devices.map(({label}) => label.activity.listen)) : 0;
}

function failed(pool: string, args: ImportArgs, {newest}: Found, {exit, stderr, stdout}: Result, deadline: Deadline): Outcome {
	const lines = `${stderr}\n${stdout}`.split('\n').map(line => line.trim()).filter(Boolean);
	const said = lines.find(line => /cannot|invalid|cannot be|failed|usage/iu.test(line)) ?? lines[0] ?? 'nothing';
	if (exit === 2) {
		return {refused: new OcfError(OCF.ERR_CONFIGURED, `parameter importargs "${args.rest.join(' ')}": zpool import says: ${said}`)};
	}
	if (/modprobe|modules? (are not|cannot be)|not loaded/iu.test(stderr)) {
		return {refused: new OcfError(OCF.ERR_INSTALLED, `ZFS is not in this kernel: ${said}`)};
	}
	if (newest.encrypted && /key/iu.test(stderr)) {
		// Imported, and said: the pool serves what it can, the prompt is for people.
		return {again: `${pool} is imported without all of its keys: ${said}`};
	}
	const reason = `zpool import ended with ${exit}: ${said}`;
	return waited(deadline) ? refuse(reason) : {again: reason};
}

/** A tool that gave no answer, with what might have kept it. */
export function explained(error: unknown, pool: string, listen: number): unknown {
	return error instanceof ToolError && error.fault === 'timeout' && listen > 0
		? new OcfError(OCF.ERR_GENERIC, `${error.message}; ${pool} has multihost=on, which takes ${listen} s and more: raise the start timeout`)
		: error;
}
