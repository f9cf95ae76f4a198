import {alarms as standing} from '../cluster/alarm.ts';
import {CibError, nodeNamed, readCib} from '../cluster/cib.ts';
import {fences} from '../cluster/constraint.ts';
import {fencingHistory} from '../cluster/history.ts';
import {leases} from '../cluster/lease.ts';
import {attributesOf, recorded} from '../cluster/recorded.ts';
import {seenIn} from '../cluster/seen.ts';
import {below, child, type Element} from '../cluster/xml.ts';
import {type Deadline, deadlineOf} from '../deadline.ts';
import {lines, resources} from '../drbd/events2.ts';
import {moduleLoaded} from '../drbd/look.ts';
import {progressOf} from '../drbd/proc.ts';
import type {Facts as Drbd} from '../drbd/states.ts';
import {noteOf as volumeNote} from '../gluster/note.ts';
import {runFile as volumeFile} from '../gluster/params.ts';
import {readNote} from '../guests/note.ts';
import {see} from '../guests/see.ts';
import {exists, list, read} from '../host.ts';
import {noteOf as legNote, WELL} from '../iscsi/note.ts';
import {runFile as legFile} from '../iscsi/params.ts';
import {run} from '../run.ts';
import {poolState} from '../vdev/pool.ts';
import {type PoolStatus, poolStatus} from '../vdev/status.ts';
import {look as state} from '../zpool/kstat.ts';
import type {Alarm, Cluster, Facts, Keeper, Pool} from './facts.ts';

/** What one look may take, in milliseconds. */
const PATIENCE = 10_000;
/** A zpool command that takes longer hangs. */
const ZPOOL = 5000;
const FOLDER = '/run/twinpool';
const KSTAT = '/proc/spl/kstat/zfs';
const URI = 'qemu:///system';
/** libvirt's own records: of what runs, and of what is defined. */
const LIBVIRT = ['/run/libvirt/qemu', '/etc/libvirt/qemu'];
/** How a Gluster volume may stand: both copies complete, a third vote decides, or somebody stopped it. */
const STANDS = /^(together|unguarded|idle)$/u;

const soon = (): Deadline => deadlineOf(PATIENCE, performance.now());
const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** This host as its kernel calls it. */
export const hostName = (): string => (read('/proc/sys/kernel/hostname') ?? '').trim() || 'this host';

/** Every DRBD resource of this host, with what its statistics say. */
export async function drbd(): Promise<Facts['drbd']> {
	if (!moduleLoaded()) {
		return undefined;
	}
	try {
		const {exit, stdout, stderr} = await run(['drbdsetup', 'events2', '--now', '--statistics'], {timeout: soon().left()});
		return exit === 0
			? {is: withProgress(resources(lines(stdout, 'this host')))}
			: {why: `drbdsetup events2 ended with ${exit}: ${stderr.trim().split('\n')[0] ?? ''}`};
	} catch (error) {
		return {why: sentence(error)};
	}
}

/** 8.4 tells how far it is in /proc/drbd alone. */
export function withProgress(all: readonly Drbd[]): Drbd[] {
	const text = read('/proc/drbd') ?? '';
	const told = text.startsWith('version: 8.4.') ? progressOf(text) : new Map();
	return all.map(one => ({...one, volumes: one.volumes.map(volume => ({...volume, ...told.get(volume.minor)}))}));
}

/** What DRBD's handlers left, of any resource. */
export function alarms(): Alarm[] {
	const names = list(FOLDER).flatMap(
		name => /^alarm-(?:split-brain|io-error|out-of-sync|quorum-lost)-(?<of>.+)$/u.exec(name)?.groups?.['of'] ?? [],
	);
	return [...new Set(names)].flatMap(resource => standing(resource).map(({kind, value}) => ({kind, resource, value})));
}

/** Every pool that is imported here. `zpool status` is left out of one that is suspended: it might never come back. */
export async function pools(): Promise<Facts['pools']> {
	if (!exists('/sys/module/zfs')) {
		return undefined;
	}
	const names = list(KSTAT).filter(name => exists(`${KSTAT}/${name}/state`));
	return {
		is: await Promise.all(
			names
				.sort((one, other) => (one < other ? -1 : 1))
				.map(async (name): Promise<Pool> => {
					const seen = state(name);
					return {name, state: seen, status: seen.state === 'SUSPENDED' ? undefined : await statusOf(name)};
				}),
		),
	};
}

const statusOf = (pool: string): Promise<PoolStatus | undefined> =>
	run(['zpool', 'status', '-gp', pool], {timeout: ZPOOL}).then(
		({exit, stdout}) => (exit === 0 ? poolStatus(stdout) : undefined),
		() => undefined,
	);

/** Who keeps the legs and the copies of this host; one that should run and does not is there, too. */
export function keepers(): Keeper[] {
	const named = (kind: string): string[] =>
		list(FOLDER).flatMap(name => new RegExp(`^${kind}-(?<name>.+)\\.json$`, 'u').exec(name)?.groups?.['name'] ?? []);
	return [
		...named('leg').flatMap(name => {
			const seen = seenIn(legFile(name, 'seen'));
			const wanted = legNote(name) !== undefined && poolState(name) !== undefined;
			return seen || wanted ? [{kind: 'leg' as const, name, seen: seen && {...seen, well: seen.says === WELL}}] : [];
		}),
		...named('gluster').flatMap(name => {
			const seen = seenIn(volumeFile(name, 'seen'));
			return seen || volumeNote(name) ? [{kind: 'copy' as const, name, seen: seen && {...seen, well: STANDS.test(seen.words)}}] : [];
		}),
	];
}

/** libvirt's guests on this host, where there is libvirt. */
export async function guests(): Promise<Facts['guests']> {
	if (!LIBVIRT.some(exists)) {
		return undefined;
	}
	try {
		const members = list(FOLDER)
			.flatMap(name => /^guests-(?<of>.+)\.json$/u.exec(name)?.groups?.['of'] ?? [])
			.flatMap(name => readNote(decoded(name))?.members ?? []);
		const expected = new Set(members.filter(one => one.expected).map(({uuid}) => uuid));
		// Its own records say so where there is no guest at all, whether its daemon runs or not: nobody has to be asked.
		const none = expected.size === 0 && !LIBVIRT.flatMap(list).some(file => /\.(xml|pid)$/u.test(file));
		const {guests: all, silent} = none ? {guests: [], silent: undefined} : await see(URI, soon());
		return {is: {guests: all, silent, expected}};
	} catch (error) {
		return {why: sentence(error)};
	}
}

function decoded(name: string): string {
	try {
		return decodeURIComponent(name);
	} catch {
		return name;
	}
}

/** The cluster, as this host's copy of the CIB and its fencer have it; and this host's name there. */
export async function cluster(): Promise<{cluster: Facts['cluster']; host: string}> {
	const host = hostName();
	try {
		const [cib, fencings] = await Promise.all([readCib(soon()), fencingHistory(soon()).catch(() => undefined)]);
		const is: Cluster = {
			quorum: cib.quorum,
			nodes: cib.nodes.map(node => ({
				name: node.name,
				membership: node.membership,
				evidence: node.evidence,
				attributes: attributesOf(node),
				resources: recorded(node),
			})),
			pools: poolsOf(cib.configuration),
			constraints: fences(cib),
			leases: leases(cib),
			fencings,
		};
		return {cluster: {is}, host: nodeNamed(cib, host)?.name ?? host};
	} catch (error) {
		const none = error instanceof CibError && error.fault === 'missing';
		return {cluster: none ? undefined : {why: sentence(error)}, host};
	}
}

/** The pools that resources import: the parameter `pool` of our agent, and of resource-agents' own. */
const poolsOf = (configuration: Element): {pool: string; resource: string}[] =>
	[...below(child(configuration, 'resources'))]
		.filter(({tag, at}) => tag === 'primitive' && /^(zpool|ZFS)$/u.test(at['type'] ?? ''))
		.flatMap(primitive => {
			const pool = [...below(primitive)].find(({tag, at}) => tag === 'nvpair' && at['name'] === 'pool')?.at['value'];
			return pool === undefined ? [] : [{pool, resource: primitive.at['id'] ?? ''}];
		});

/** All of it, at once. */
export async function everything(): Promise<Facts> {
	const [known, replicated, imported, virtual] = await Promise.all([cluster(), drbd(), pools(), guests()]);
	return {
		...known,
		root: process.geteuid?.() === 0 || process.env['TWINPOOL_ROOT'] !== undefined,
		drbd: replicated,
		torn: [],
		alarms: alarms(),
		pools: imported,
		keepers: keepers(),
		guests: virtual,
		broken: [],
	};
}
