import {stamp} from '../cluster/alarm.ts';
import type {Deadline} from '../deadline.ts';
import {look} from '../drbd/look.ts';
import {outOfSync} from '../drbd/proc.ts';
import type {Facts} from '../drbd/states.ts';
import {read} from '../host.ts';
import {lastWord} from '../lifecycle.ts';
import {run} from '../run.ts';
import {lookAt} from '../vdev/device.ts';
import {poolState} from '../vdev/pool.ts';
import {type PoolSeen, REQUEST, type ResourceAnswer, type ResourceRequest, SOURCES, type VolumeSeen} from './asked.ts';
import {type Copy, copyable, kept} from './copy.ts';
import {shown} from './generations.ts';
import {onTop} from './ontop.ts';
import {bare} from './relation.ts';
import {dumped} from './volumes.ts';

interface Seen {
	facts: Facts | undefined;
	volumes: VolumeSeen[];
	imported: string[];
}

/** One command of drbdadm. Gives why it did not work, or nothing. */
async function drbdadm(deadline: Deadline, ...words: string[]): Promise<string | undefined> {
	const result = await run(['drbdadm', ...words], {timeout: Math.max(1, deadline.left())});
	return result.exit === 0 ? undefined : lastWord(result);
}

/** @throws {Error} the resource is none here, or cannot be looked at */
async function seen(resource: string, deadline: Deadline): Promise<Seen> {
	const [dump, gi] = await Promise.all([
		run(['drbdadm', 'dump', resource], {timeout: Math.max(1, deadline.left())}),
		run(['drbdadm', 'show-gi', resource], {timeout: Math.max(1, deadline.left())}),
	]);
	const facts = await look(resource, deadline);
	const disks = dumped(dump.stdout);
	const up = [...(facts?.volumes ?? [])].sort((one, other) => one.volume - other.volume);
	const minors = facts ? up.map(({minor}) => minor) : disks.map(({minor}) => minor);
	const ids = shown(gi.stdout, minors);
	if (dump.exit !== 0 || gi.exit !== 0 || ids.length === 0) {
		throw new Error(
			dump.exit === 0 && gi.exit === 0
				? `drbdadm show-gi ${resource} shows not one line for each of ${minors.length} volumes: more than one peer is not known here`
				: lastWord(dump.exit === 0 ? gi : dump),
		);
	}
	const counted = outOfSync(read('/proc/drbd') ?? '', minors);
	const volumes = ids.map(async ({minor, self}, index): Promise<VolumeSeen> => {
		const is = up.find(one => one.minor === minor);
		const backing = disks.find(one => one.minor === minor)?.disk ?? '';
		const written = is?.behind ?? counted.find(one => one.minor === minor)?.kib;
		const pool = backing === '' ? undefined : await poolOn(backing, deadline);
		const copy = backing === '' ? undefined : copyable(backing);
		return {
			volume: is?.volume ?? index,
			minor,
			backing,
			current: self?.current ?? '',
			bitmap: self?.bitmap ?? '',
			history: self?.history ?? [],
			...(is && {disk: is.disk}),
			...(written !== undefined && {written}),
			...(pool && {pool}),
			...(copy && {copy}),
		};
	});
	const all = await Promise.all(volumes);
	const {named} = await onTop(resource, minors, deadline);
	const pools = new Set([...(named.pools ?? []), ...all.flatMap(({pool}) => pool?.name ?? [])]);
	return {facts, volumes: all, imported: [...pools].filter(pool => poolState(pool) !== undefined)};
}

/** Below DRBD the label is the same, also where the device itself cannot be opened: on a Secondary, and while I/O is frozen. */
async function poolOn(backing: string, deadline: Deadline): Promise<PoolSeen | undefined> {
	const {label} = await lookAt(backing, deadline);
	if (!label) {
		return undefined;
	}
	const {txg, trail, times} = label.activity;
	const groups = [...trail].map(([group, root]): [number, string, number] => [group, root, times.get(group) ?? 0]);
	return {name: label.pool, txg, trail: groups.sort(([one], [other]) => one - other)};
}

/** @throws {Error} this side is not what it was when somebody chose */
function unchanged({volumes, facts}: Seen, {resource, expect}: ResourceRequest): Facts {
	const now = volumes.map(({current}) => bare(current));
	if (!facts) {
		throw new Error(`${resource} is down: drbdadm up ${resource}`);
	}
	if (`${now}` !== `${expect.map(bare)}`) {
		throw new Error(`the data of ${resource} is no longer at the generation that was shown (${now.join(', ')}): look again`);
	}
	return facts;
}

type Told = Partial<Pick<ResourceAnswer, 'why' | 'copies'>>;

const VERBS: Record<ResourceRequest['ask'], (here: Seen, request: ResourceRequest, deadline: Deadline) => Promise<Told>> = {
	resource: () => Promise.resolve({}),
	async discard(here, request, deadline) {
		const {resource, withoutCopy} = request;
		const {connection, role} = unchanged(here, request);
		const copies = here.volumes.map(({backing, copy}) => ({backing, copy}));
		const loose = copies.find(({copy}) => copy === undefined);
		if (connection === 'Connected') {
			return {why: `${resource} is connected: nothing has to be given up`};
		}
		if (here.imported.length > 0) {
			return {why: `${here.imported.join(', ')} is imported: zpool export ${here.imported[0]}, and let the cluster not import it again`};
		}
		if (loose && !withoutCopy) {
			return {
				why: `no snapshot can be taken of ${loose.backing || 'a volume without a disk'}: --without-copy, once its data is safe elsewhere`,
			};
		}
		// One that is StandAlone may say so with an error; whether it is shows below.
		const left = connection === 'StandAlone' ? undefined : await drbdadm(deadline, 'disconnect', resource);
		const demoted = role === 'Primary' ? await drbdadm(deadline, 'secondary', resource) : undefined;
		const now = await look(resource, deadline);
		if (now?.connection !== 'StandAlone' || now.role !== 'Secondary') {
			return {why: left ?? demoted ?? `${resource} is ${now?.connection}, ${now?.role}: it has to be StandAlone and Secondary`};
		}
		const made = withoutCopy
			? {copies: []}
			: await kept(
					resource,
					stamp(),
					copies.flatMap(({copy}): Copy[] => (copy ? [copy] : [])),
					deadline,
				);
		if (made.why !== undefined) {
			return {...made, why: `${made.why}; nothing was given up, and ${resource} is StandAlone`};
		}
		const why = await drbdadm(deadline, 'connect', '--discard-my-data', resource);
		return why === undefined ? made : {...made, why};
	},
	async connect(here, request, deadline) {
		// It was only waiting, and its peer is here already.
		if (here.facts?.connection === 'Connected') {
			return {};
		}
		const {connection} = unchanged(here, request);
		const poor = here.volumes.find(({disk}) => !SOURCES.includes(disk ?? ''));
		if (poor) {
			return {why: `volume ${poor.volume} is ${poor.disk}: it is no source of a resync`};
		}
		const why = connection === 'StandAlone' ? await drbdadm(deadline, 'connect', request.resource) : undefined;
		return why === undefined ? {} : {why};
	},
};

/** Answer a request about this host's side of a resource. What is wrong with the request, or in the way, is the answer's `why`. */
export async function resourceReply(asked: unknown, limit: Deadline): Promise<ResourceAnswer> {
	const host = read('/proc/sys/kernel/hostname')?.trim() ?? '';
	const no = (error: unknown): ResourceAnswer => {
		const why = error instanceof Error ? error.message : String(error);
		return {host, why, volumes: [], imported: [], copies: []};
	};
	const {success, data: request} = REQUEST.safeParse(asked);
	if (!success) {
		return no('this is no request of twinpool');
	}
	const deadline = limit.within(request.within);
	try {
		const here = await seen(request.resource, deadline);
		const {facts, volumes, imported} = here;
		const state = facts && {role: facts.role, connection: facts.connection};
		return {host, volumes, imported, copies: [], ...state, ...(await VERBS[request.ask](here, request, deadline))};
	} catch (error) {
		return no(error);
	}
}
