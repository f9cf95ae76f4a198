import {facts as drbdFacts} from '../drbd/events2.ts';
import type {Facts as Replication} from '../drbd/states.ts';
import {type Cluster, clusterOf, GLUSTER, GUESTS, is, LEG, POOL} from './cluster-facts.ts';
import {propertiesIn, vdevsIn} from './pools.ts';
import type {Answer, Record} from './record.ts';
import {type Resource, resources} from './resources.ts';

/** A record, read. */
export interface Facts {
	record: Record;
	cluster: Cluster | undefined;
	/** DRBD's configuration; nothing where it is not known, which is not the same as none. */
	drbd: Resource[] | undefined;
	/** How each resource stands in the kernel, where it does. */
	replication: ReadonlyMap<string, Replication>;
	/** 8.4.11, 9.2.8; nothing where the module is not loaded. */
	module: string | undefined;
	/** Of drbd-utils. */
	utils: string | undefined;
	/** The devices of each pool that is imported here. */
	vdevs: ReadonlyMap<string, readonly string[]>;
	properties: ReadonlyMap<string, ReadonlyMap<string, string>>;
	/** Of datasets with bricks. */
	attributes: ReadonlyMap<string, ReadonlyMap<string, string>>;
	/** The pools that move between the hosts: those that the cluster moves, and those on what replicates. */
	moving: readonly string[];
	/** What could not be looked at, and why. */
	missed: readonly {what: string; why: string}[];
}

const text = (answer: Answer | undefined): string | undefined =>
	answer && 'exit' in answer && answer.exit === 0 ? answer.stdout : undefined;

/** Why there is nothing from a tool that was asked; nothing where there is. */
export function silence(answer: Answer | undefined): string | undefined {
	if (!answer || text(answer) !== undefined) {
		return undefined;
	}
	if ('why' in answer) {
		return answer.why;
	}
	const said = `${answer.stderr}\n${answer.stdout}`.split('\n').map(line => line.trim());
	return `it ended with ${answer.exit}: ${said.find(Boolean)?.slice(0, 200) ?? 'without a word'}`;
}

type Missed = {what: string; why: string}[];

async function attempt<T>(missed: Missed, what: string, work: () => T | Promise<T>): Promise<T | undefined> {
	try {
		return await work();
	} catch (error) {
		missed.push({what, why: error instanceof Error ? error.message : String(error)});
		return undefined;
	}
}

/** The running cluster's configuration, else the one that it keeps for its next start. */
function configured({tools, texts}: Record, missed: Missed): Promise<Cluster | undefined> | undefined {
	const live = text(tools.cib);
	const history = live === undefined ? undefined : text(tools.history);
	const kept = live ?? texts.kept;
	const why = silence(tools.cib);
	if (why !== undefined) {
		missed.push({what: kept === undefined ? "the cluster's configuration" : 'how the cluster stands now', why});
	} else if (live !== undefined && silence(tools.history) !== undefined) {
		missed.push({what: 'the fencings on record', why: silence(tools.history) ?? ''});
	}
	return kept === undefined
		? undefined
		: attempt(missed, "the cluster's configuration", () => clusterOf(kept, history, live !== undefined));
}

async function replication({tools}: Record, names: readonly string[], missed: Missed): Promise<Map<string, Replication>> {
	const events = text(tools.events2);
	if (events === undefined) {
		return new Map();
	}
	const found = await attempt(missed, 'how DRBD stands', () =>
		names.flatMap(name => {
			const stands = drbdFacts(events, name);
			return stands ? [[name, stands] as const] : [];
		}),
	);
	return new Map(found ?? []);
}

/** Devices that replicate: a pool on one of them moves, whoever moves it. */
function replicated({sessions}: Record, device: string): boolean {
	const name = device.replace(/^.*\//u, '');
	return /^drbd\d/u.test(name) || sessions.some(({disks}) => disks.includes(name.replace(/p?\d+$/u, '')) || disks.includes(name));
}

/** What was asked and gave nothing; what drbdadm refuses is a finding. */
const unanswered = ({tools}: Record): Missed =>
	(
		[
			["DRBD's configuration", tools.dump && 'exit' in tools.dump ? undefined : tools.dump],
			['how DRBD stands', tools.events2],
			['the versions of ZFS', tools.zfs],
			['the pools', tools.vdevs],
			['the properties of the pools', tools.properties],
			["the datasets of Gluster's bricks", tools.attributes],
		] as const
	).flatMap(([what, answer]) => {
		const why = silence(answer);
		return why === undefined ? [] : [{what, why}];
	});

/** What was answered, and not as it should be; and what nobody could see from here. */
function* gaps({record, drbd, module, vdevs, properties}: Omit<Facts, 'missed'>): Generator<Missed[number]> {
	const {tools, root, pools} = record;
	if (!root) {
		yield {what: 'what only root may read', why: 'it was not run as root'};
	}
	if ((drbd ?? []).length > 0 && module === undefined) {
		yield {what: 'what depends on the version of DRBD', why: 'its module is not loaded: modprobe drbd'};
	}
	const versions = text(tools.zfs);
	if (versions !== undefined && !versions.startsWith('zfs-')) {
		yield {what: 'the versions of ZFS', why: `"zfs version" says "${versions.slice(0, 40).trim()}"`};
	}
	const unseen = text(tools.vdevs) === undefined ? [] : pools.filter(({name}) => !(vdevs.has(name) && properties.has(name)));
	for (const {name} of unseen) {
		yield {what: `pool ${name}`, why: 'it is imported, and zpool does not show it'};
	}
}

/** Reads a record: pure, of any host. */
export async function factsOf(record: Record): Promise<Facts> {
	const missed = unanswered(record);
	const {tools, texts} = record;
	const known = await configured(record, missed);
	const dump = text(tools.dump);
	const drbd = dump === undefined ? undefined : await attempt(missed, "DRBD's configuration", () => resources(dump));
	const names = (drbd ?? []).map(({name}) => name);
	const vdevs = vdevsIn(text(tools.vdevs) ?? '');
	const named = (known?.primitives ?? []).filter(one => is(one, ...POOL, LEG, GUESTS)).map(({parameters}) => parameters.get('pool') ?? '');
	const on = [...vdevs]
		.filter(([, devices]) => devices.some(device => replicated(record, record.devices[device] ?? device)))
		.map(([pool]) => pool);
	const facts = {
		record,
		cluster: known,
		drbd,
		replication: await replication(record, names, missed),
		module: texts.drbd,
		utils: /^DRBDADM_VERSION=(\S+)/mu.exec(text(tools.utils) ?? '')?.[1],
		vdevs,
		properties: propertiesIn(text(tools.properties) ?? ''),
		attributes: propertiesIn(text(tools.attributes) ?? ''),
		moving: [...new Set([...named.filter(Boolean), ...on])],
	};
	return {...facts, missed: [...missed, ...gaps(facts)]};
}

/** The mount points and folders of devices that go away with the storage. */
export function places({record, cluster, moving}: Facts): string[] {
	const points = record.mounts
		.filter(({type, source}) => type === 'zfs' && moving.some(pool => source === pool || source.startsWith(`${pool}/`)))
		.map(({point}) => point);
	const given = (cluster?.primitives ?? [])
		.filter(one => is(one, GLUSTER, GUESTS))
		.flatMap(({parameters}) => [
			parameters.get('mountpoint') ?? '',
			parameters.has('volname') ? `gluster:${parameters.get('volname')}` : '',
		])
		.filter(Boolean);
	return [...new Set([...points, ...given, ...moving.flatMap(pool => [`/dev/zvol/${pool}`, `/${pool}`])])].filter(point => point !== '/');
}
export const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
