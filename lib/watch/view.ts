import {ABOUT, ATTRIBUTES} from '../alert/kinds.ts';
import {under} from '../drbd/events2.ts';
import {health} from '../drbd/health.ts';
import {attributeOf, type Facts as Drbd, type Volume} from '../drbd/states.ts';
import {active, well as guestWell} from '../guests/states.ts';
import type {Cluster, Facts, Guests, Keeper, Pool} from './facts.ts';
import {type Item, KINDS, type Kind, type Level, type View} from './item.ts';
import {clusterItems} from './nodes.ts';

/** What is shown of what was seen: the only judgement of what is well, for the screen, the lines, JSON and the metrics. */
export function view(facts: Facts): View {
	const {host, drbd, pools, guests, cluster, keepers, broken, root} = facts;
	const known = cluster && 'is' in cluster ? cluster.is : undefined;
	const imported = pools && 'is' in pools ? pools.is.map(({name}) => name) : [];
	const items = [
		...(cluster && 'why' in cluster ? [blind('cluster', host, cluster.why, 'ill')] : []),
		...(known ? clusterItems(known, host, imported) : []),
		...told('drbd', host, drbd, all => all.flatMap(one => drbdItems(one, host, known))),
		...alarmItems(facts),
		...told('pool', host, pools, all => poolItems(all, host, known)),
		...keepers.map(one => keeperItem(one, host)),
		...told('guests', host, guests, all => guestItems(all, host)),
		...broken.map(({source, why}): Item => ({kind: 'source', name: source, node: host, words: 'down', level: 'unknown', says: why})),
		...(root ? [] : [blind('source', host, 'only root sees all of it')]),
	];
	const others = known?.nodes.map(({name}) => name).filter(name => name !== host) ?? [];
	const place = ({kind, node}: Item): number => KINDS.indexOf(kind) * 2 + (node === host ? 0 : 1);
	return {host, nodes: [host, ...others], items: items.sort((one, other) => place(one) - place(other))};
}

const blind = (kind: Kind, node: string, says: string, level: Level = 'unknown'): Item => ({kind, name: '', node, words: '', level, says});

function told<T>(kind: Kind, node: string, what: {is: T} | {why: string} | undefined, show: (is: T) => Item[]): Item[] {
	if (what === undefined) {
		return [];
	}
	return 'is' in what ? show(what.is) : [blind(kind, node, what.why)];
}

/** An item with a sentence where there is one. */
const item = (basis: Omit<Item, 'says' | 'figures'>, says: readonly (string | undefined)[], figures: Record<string, number> = {}): Item => {
	const sentence = says.filter(Boolean).join('; ');
	return {...basis, ...(sentence !== '' && {says: sentence}), ...(Object.keys(figures).length > 0 && {figures})};
};

function drbdItems(one: Drbd, host: string, cluster: Cluster | undefined): Item[] {
	const {name, role, disk, connection, suspended, peerRole, peerDisk, volumes} = one;
	const moves = volumes.map(({replication}) => replication).find(word => word !== 'Off' && word !== 'Established');
	const {reason} = health(one, true);
	const words = [role, disk, moves ?? connection, ...(suspended === 'no' ? [] : [`suspended:${suspended}`])].join(' ');
	const here = item(
		{kind: 'drbd', name, node: host, words, level: reason === undefined ? 'well' : 'ill'},
		[reason?.replace(`${name}: `, ''), progress(volumes)],
		drbdFigures(volumes),
	);
	const [other, ...more] = cluster?.nodes.filter(node => node.name !== host) ?? [];
	if (!other || more.length > 0) {
		return [here];
	}
	// Over a connection the kernel knows; without one the other side's own word is the better one.
	const attribute = connection === 'Connected' ? undefined : other.attributes.get(attributeOf(name));
	const level = connection === 'Connected' ? peerDisk === 'UpToDate' : attribute === 'UpToDate';
	const theirs = attribute ?? `${peerRole} ${peerDisk}`;
	return [here, {kind: 'drbd', name, node: other.name, words: theirs, level: level ? 'well' : 'ill'}];
}

/** As /proc/drbd prints it: `12.3% done, 0:43:39 to go`. */
function progress(volumes: readonly Volume[]): string | undefined {
	const {done, eta} = slowest(volumes);
	const time = eta === undefined ? '' : `, ${clock(eta)} to go`;
	return done === undefined ? undefined : `${done.toFixed(1)} % done${time}`;
}

function slowest(volumes: readonly Volume[]): {done: number | undefined; eta: number | undefined} {
	const moving = volumes.filter(({replication}) => under(replication));
	const [dones, etas] = [moving.flatMap(({done}) => done ?? []), moving.flatMap(({eta}) => eta ?? [])];
	return {done: dones.length > 0 ? Math.min(...dones) : undefined, eta: etas.length > 0 ? Math.max(...etas) : undefined};
}

const clock = (seconds: number): string =>
	`${Math.floor(seconds / 3600)}:${[Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60].map(two => `${two}`.padStart(2, '0')).join(':')}`;

function drbdFigures(volumes: readonly Volume[]): Record<string, number> {
	const {done, eta} = slowest(volumes);
	const behind = volumes.flatMap(volume => volume.behind ?? []);
	return {
		...(done !== undefined && {resync_done_ratio: done / 100}),
		...(eta !== undefined && {resync_eta_seconds: eta}),
		...(behind.length > 0 && {out_of_sync_bytes: behind.reduce((sum, kib) => sum + kib * 1024, 0)}),
	};
}

/** This host's from its own files, the others' from their attributes: one alarm a resource, a kind and a node. */
function alarmItems({host, alarms, torn, cluster}: Facts): Item[] {
	const here = [
		...alarms,
		...torn
			.filter(name => !alarms.some(({kind, resource}) => kind === 'split-brain' && resource === name))
			.map(resource => ({kind: 'split-brain', resource, value: ''})),
	].map(one => ({...one, node: host}));
	const nodes = cluster && 'is' in cluster ? cluster.is.nodes.filter(({name}) => name !== host) : [];
	const there = nodes.flatMap(({name: node, attributes}) =>
		[...attributes].flatMap(([attribute, value]) => {
			const kind = ATTRIBUTES.find(one => attribute.startsWith(`twinpool-${one}-`));
			return kind ? [{kind, resource: attribute.slice(`twinpool-${kind}-`.length), value, node}] : [];
		}),
	);
	return [...here, ...there].map(({kind, resource, value, node}) => {
		const about = ATTRIBUTES.find(one => one === kind);
		return item({kind: 'alarm', name: `${kind} ${resource}`, node, words: kind, level: 'ill'}, [
			about && ABOUT[about].what(resource, node),
			value,
		]);
	});
}

function poolItems(pools: readonly Pool[], host: string, cluster: Cluster | undefined): Item[] {
	const absent = (cluster?.pools ?? []).filter(({pool}) => !pools.some(({name}) => name === pool));
	return [
		...pools.map(one => poolItem(one, host)),
		...absent.map(({pool}): Item => ({kind: 'pool', name: pool, node: host, words: 'absent', level: 'well'})),
	];
}

function poolItem({name, state, status}: Pool, host: string): Item {
	const vdevs = [...(status?.vdevs.values() ?? [])];
	const bad = vdevs.filter(vdev => vdev.state !== 'ONLINE').length;
	const failed = vdevs.filter(({failures}) => failures).length;
	const resilver = status?.resilver;
	const done = resilver?.done;
	const says = [
		state.state === 'SUSPENDED' &&
			'its I/O is held until its devices are back and "zpool clear" says so; most zpool commands hang meanwhile',
		resilver && `resilver${done === undefined ? '' : ` ${done} % done`}, ${resilver.eta}`,
		bad > 0 && `${bad} of ${vdevs.length} vdevs ${bad === 1 ? 'is' : 'are'} not ONLINE`,
		failed > 0 && `reads or writes failed on ${failed} of ${vdevs.length} vdevs`,
	].filter(sentence => sentence !== false);
	const level: Level = state.state === 'ONLINE' && says.every(sentence => sentence === undefined) ? 'well' : 'ill';
	const figures = {
		...(done !== undefined && {resilver_done_ratio: done / 100}),
		...(vdevs.length > 0 && {vdevs: vdevs.length, vdevs_not_online: bad}),
	};
	return item({kind: 'pool', name, node: host, words: state.said || state.state, level}, says, figures);
}

function keeperItem({kind, name, seen}: Keeper, node: string): Item {
	if (!seen) {
		const unit = `twinpool-${kind === 'leg' ? 'leg' : 'gluster'}@${name}.service`;
		return {kind, name, node, words: 'unkept', level: 'ill', says: `nobody keeps it: "systemctl start ${unit}"`};
	}
	const {words, says, since, well} = seen;
	return item({kind, name, node, words, level: well ? 'well' : 'ill'}, [well ? undefined : `${says}, since ${since}`]);
}

/** As one line, however many there are; and each that is not as it should be. */
function guestItems({guests, expected, silent}: Guests, node: string): Item[] {
	const counts = new Map<string, number>();
	for (const {word} of guests) {
		counts.set(word, (counts.get(word) ?? 0) + 1);
	}
	const words = [...counts].map(([word, count]) => `${count} ${word}`).join(', ') || 'none';
	const ill = guests.filter(guest => (active(guest.word) ? !guestWell(guest) : guest.word === 'crashed' || expected.has(guest.uuid)));
	const all = item(
		{kind: 'guests', name: '', node, words, level: silent === undefined ? 'well' : 'unknown'},
		[silent && `libvirt does not answer, so these are its own records: ${silent}`],
		{running: counts.get('running') ?? 0, defined: guests.length},
	);
	return [
		all,
		...ill.map(
			({name, word, uuid}): Item =>
				item({kind: 'guest', name, node, words: word, level: 'ill'}, [expected.has(uuid) ? 'the cluster wants it to run here' : undefined]),
		),
	];
}
