import type {Deadline} from '../deadline.ts';
import type {Outcome} from '../lifecycle.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {type Argv, type Result, ToolError} from '../run.ts';
import {type ImportArgs, importArgs} from './args.ts';
import {BUSY, lookAt} from './device.ts';
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
	const finding = await find(pool, named, deadline);
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
	const listen = listening(found);
	if (listen > deadline.left() / 1000) {
		return refuse(`${pool} has multihost=on: the import listens ${listen} s for its last owner, start has ${Math.floor(deadline.left() / 1000)} s left; raise the start timeout`);
	}
	if (listen > 0) {
		log(`${pool} has multihost=on: the import listens about ${listen} s for its last owner`);
	}
	const result = await watched(command(pool, args, found, verdict.force), pool, deadline).catch((error: unknown) => {
		throw explained(error, pool, listen);
	});
	if (result.exit !== 0 && !/pool already exists|with that name already exists/u.test(result.stderr)) {
		return failed(params, args, found, result, deadline, log);
	}
	remember(pool, found.devices.map(openAs));
	return {done: true};
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

/** May it be imported here, and does it take force? A refusal says who had it, what to do, and why that is not settled. */
async function right({pool, importforce, instance}: ZpoolParams, args: ImportArgs, {newest, missing}: Found, deadline: Deadline, log: Log): Promise<{force: boolean} | OcfError> {
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
	if (importforce === 'false') {
		return 'ours' in says && !says.force
			? {force: false}
			: new OcfError(OCF.ERR_GENERIC, `${pool} was not exported by ${newest.hostname} and importforce is false: export it there, or set importforce to auto`);
	}
	if ('ours' in says) {
		return {force: says.force};
	}
	if (says.twin) {
		log(`${says.owner} and this host have the same host id ${says.hostid.toString(16)}: run zgenhostid -f on one of them`);
	}
	const claimed = (await Promise.all(missing.map(({path}) => lookAt(path, true, deadline)))).find(({why}) => why === BUSY);
	if (claimed) {
		return new OcfError(OCF.ERR_GENERIC, `${pool} is not forced: its disk ${claimed.path} is in use here; release it first`);
	}
	return settledWith(pool, says.owner, instance, deadline, log);
}

/** Force against another host takes proof that it does not write: fenced or down, or back and without the pool. */
async function settledWith(pool: string, owner: string, instance: string, deadline: Deadline, log: Log): Promise<{force: boolean} | OcfError> {
	const {knownDown} = await import('../cluster/history.ts');
	const {down, why} = await knownDown(owner, deadline);
	if (down) {
		log(`${pool} is taken from ${owner}: ${why}`);
		return {force: true};
	}
	const {releasedBy} = await import('./elsewhere.ts');
	if (await releasedBy(owner, instance, deadline)) {
		log(`${pool} is taken from ${owner}, which is back in the cluster without it`);
		return {force: true};
	}
	return new OcfError(OCF.ERR_GENERIC, `${pool} was last used by ${owner}, which is not known to be down: export it there or fence it; ${why}`);
}

/** Seconds that the kernel listens for another owner before it imports; not for an exported pool, nor for its own. */
function listening({devices, newest}: Found): number {
	const foreign = newest.state === 'active' && newest.hostid !== 0 && newest.hostid !== thisHost().id;
	return foreign ? Math.max(...devices.map(({label}) => label.activity.listen)) : 0;
}

/** What became of an import that did not end well: a wrong option, no module, a dataset that stays closed, or another look. */
function failed({pool}: ZpoolParams, args: ImportArgs, {newest}: Found, {exit, stderr, stdout}: Result, deadline: Deadline, log: Log): Outcome {
	const lines = `${stderr}\n${stdout}`.split('\n').map(line => line.trim()).filter(Boolean);
	const said = lines.find(line => /cannot|invalid|failed|usage/iu.test(line)) ?? lines[0] ?? 'nothing';
	if (exit === 2) {
		return {refused: new OcfError(OCF.ERR_CONFIGURED, `parameter importargs "${args.rest.join(' ')}": zpool import says: ${said}`)};
	}
	if (/modprobe|modules? (are not|cannot be)|not loaded/iu.test(stderr)) {
		return {refused: new OcfError(OCF.ERR_INSTALLED, `ZFS is not in this kernel: ${said}`)};
	}
	const mount = lines.find(line => /cannot mount/iu.test(line));
	if (mount !== undefined) {
		return refuse(`${pool} is imported, but ${mount}`);
	}
	if (newest.encrypted && /\bkeys?\b/iu.test(stderr)) {
		// The pool serves what it can; a passphrase is for people, and a dataset without its key is not worth the others.
		log(`${pool} is imported without all of its keys (zfs load-key -a): ${said}`);
		return {done: true};
	}
	const reason = `zpool import ended with ${exit}: ${said}`;
	return waited(deadline) ? refuse(reason) : {again: reason};
}

/** A tool that gave no answer, with what might have kept it. */
const explained = (error: unknown, pool: string, listen: number): unknown =>
	error instanceof ToolError && error.fault === 'timeout' && listen > 0
		? new OcfError(OCF.ERR_GENERIC, `${error.message}; ${pool} has multihost=on, which takes ${listen} s and more: raise the start timeout`, {cause: error})
		: error;
