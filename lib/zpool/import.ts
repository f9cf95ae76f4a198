import {type Cib, sharedCib} from '../cluster/cib.ts';
import {leaseIn} from '../cluster/lease.ts';
import type {Deadline} from '../deadline.ts';
import type {Outcome} from '../lifecycle.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {type Argv, type Result, ToolError} from '../run.ts';
import {isLeased, needsLease} from '../vdev/leased.ts';
import {type ImportArgs, importArgs} from './args.ts';
import {type Found, find, openAs, remember} from './find.ts';
import {look} from './kstat.ts';
import {thisHost} from './owner.ts';
import type {Log, ZpoolParams} from './params.ts';
import {force} from './right.ts';
import {watched} from './watched.ts';

/** How much of the operation's time devices may take to show up: the rest is the import's. */
const PATIENCE = 1 / 4;
const waited = ({timeout, left}: Deadline): boolean => timeout * 0.9 - left() > timeout * PATIENCE;
const refuse = (reason: string): Outcome => ({refused: new OcfError(OCF.ERR_GENERIC, reason)});
/** Not yet: looked for again while there is patience, and then the reason. */
const notYet = (reason: string, deadline: Deadline): Outcome => (waited(deadline) ? refuse(reason) : {again: reason});

/** Find the pool's devices, ask whose it is, import it from exactly there. One process where nothing is in doubt. */
export async function importPool(params: ZpoolParams, deadline: Deadline, log: Log): Promise<Outcome> {
	const {pool} = params;
	const args = importArgs(params.importargs);
	const cib = sharedCib(deadline);
	if (needsLease(pool)) {
		return refuse(`${pool} has a leg on another host and no lease here: start its ocf:twinpool:iscsi-leg first, by an order constraint`);
	}
	const finding = await find(pool, params.devices.length > 0 ? params.devices : args.search, deadline);
	if ('why' in finding) {
		return notYet(finding.why, deadline);
	}
	const {found} = finding;
	if (found.incomplete && !waited(deadline)) {
		return {again: `${pool} has ${found.newest.tops} vdevs, not all of them are here yet`};
	}
	if (found.missing.length > 0) {
		const ahead = isLeased(pool) ? await leftOut(pool, found, cib) : undefined;
		if (ahead !== undefined) {
			return notYet(ahead, deadline);
		}
		log(`${pool} goes without ${found.missing.map(({path}) => path).join(', ')}`);
	}
	const forced = await force(args.force ? {...params, importforce: 'true'} : params, found, cib, deadline, log);
	const listen = listening(found);
	if (listen > deadline.left() / 1000) {
		return refuse(
			`${pool} has multihost=on: the import listens ${listen} s for its last owner, start has ${Math.floor(deadline.left() / 1000)} s left; raise the start timeout`,
		);
	}
	if (listen > 0) {
		log(`${pool} has multihost=on: the import listens about ${listen} s for its last owner`);
	}
	const result = await watched(command(pool, args, found, forced), pool, deadline).catch((error: unknown) => {
		throw explained(error, pool, listen);
	});
	if (result.exit === 0 && look(pool).state === 'absent') {
		return notYet('zpool import ended with 0, but the kernel does not have the pool', deadline);
	}
	if (result.exit === 0 || ALREADY.test(result.stderr)) {
		remember(pool, found.devices.map(openAs));
		return {done: true};
	}
	const outcome = failed(pool, args, result) ?? locked(pool, found, result, log);
	if ('again' in outcome) {
		return notYet(outcome.again, deadline);
	}
	return outcome;
}

/** A half of a leased pool is left out only when the lease says that it is behind: else another node may import it meanwhile. */
async function leftOut(pool: string, {missing}: Found, cib: () => Promise<Cib>): Promise<string | undefined> {
	try {
		const lease = leaseIn(await cib(), pool);
		const current = missing.find(({guid}) => lease?.current.includes(guid) ?? true);
		return current && `${current.path} cannot be read, and the lease of ${pool} does not say yet that it is behind`;
	} catch (error) {
		return `${pool} is incomplete, and its lease cannot be read: ${error instanceof Error ? error.message : String(error)}`;
	}
}

/** Another start was faster. */
const ALREADY = /pool already exists|with that name already exists/u;

/** The one command of a start. Never without `-d`: a scan of /dev costs more than everything else in a failover. */
export function command(pool: string, args: ImportArgs, {devices, newest}: Found, forced: boolean): Argv {
	const where = args.own ? args.search : devices.map(openAs);
	return [
		'zpool',
		'import',
		...where.flatMap(path => ['-d', path]),
		'-o',
		'cachefile=none',
		...(forced ? ['-f'] : []),
		// Keys in files are loaded before the mounts; a prompt finds no standard input and is reported, never waited for.
		...(args.keys || newest.encrypted ? ['-l'] : []),
		...args.rest,
		pool,
	];
}

/** Seconds that the kernel listens for another owner before it imports; not for an exported pool, nor for its own. */
function listening({devices, newest}: Found): number {
	const foreign = newest.state === 'active' && newest.hostid !== 0 && newest.hostid !== thisHost().id;
	return foreign ? Math.max(...devices.map(({label}) => label.activity.listen)) : 0;
}

/** Failures that no other look will change; nothing for the others. */
function failed(pool: string, args: ImportArgs, {exit, stderr}: Result): Outcome | undefined {
	const [first = '', second = ''] = stderr.split('\n').map(line => line.trim());
	if (exit === 2) {
		return {refused: new OcfError(OCF.ERR_CONFIGURED, `parameter importargs "${args.rest.join(' ')}": zpool import says: ${first}`)};
	}
	if (/modprobe|modules? (are not|cannot be)|not loaded/iu.test(stderr) && !/key not loaded/iu.test(stderr)) {
		return {refused: new OcfError(OCF.ERR_INSTALLED, `ZFS is not in this kernel: ${first}`)};
	}
	if (/hostid is not set|imported on (host )?\S+ \(hostid|previously in use/iu.test(`${first} ${second}`)) {
		// ZFS itself knows better: another host writes now, or nobody can tell.
		return refuse(`${first} ${second}`);
	}
	const mount = stderr.split('\n').find(line => /cannot mount/iu.test(line));
	return mount === undefined ? undefined : refuse(`${pool} is imported, but ${mount.trim()}`);
}

/** A dataset without its key is not worth the others: the pool serves what it can, a passphrase is for people. */
function locked(pool: string, {newest}: Found, {exit, stderr, stdout}: Result, log: Log): Outcome {
	const lines = `${stderr}\n${stdout}`.split('\n').map(line => line.trim());
	const said = lines.find(line => /cannot|invalid|failed/iu.test(line)) ?? lines.find(Boolean) ?? 'nothing';
	if (newest.encrypted && /\bkeys?\b/iu.test(stderr)) {
		log(`${pool} is imported without all of its keys (zfs load-key -r ${pool}): ${said}`);
		return {done: true};
	}
	return {again: `zpool import ended with ${exit}: ${said}`};
}

/** A tool that gave no answer, with what might have kept it. */
const explained = (error: unknown, pool: string, listen: number): unknown =>
	error instanceof ToolError && error.fault === 'timeout' && listen > 0
		? new OcfError(
				OCF.ERR_GENERIC,
				`${error.message}; ${pool} has multihost=on, which takes ${listen} s and more: raise the start timeout`,
				{
					cause: error,
				},
			)
		: error;
