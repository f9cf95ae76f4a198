import {shared} from '../vdev/uberblock.ts';
import type {PoolSeen, ResourceAnswer, VolumeSeen} from './asked.ts';
import {type Relation, relation} from './relation.ts';

/** Both sides of a resource: this host's, and the other one's. */
export type Both = readonly [ResourceAnswer, ResourceAnswer];

interface Stands {
	volume: number;
	/** How the first side's data stands to the second one's. */
	is: Relation;
	since?: string;
}

export interface Diverged {
	/** Whether the two sides are apart, so that DRBD does not put them together without somebody's choice. */
	torn: boolean;
	/** In one sentence. */
	why: string;
	volumes: Stands[];
	/** Who is newer, by what; nothing when that cannot be told. */
	newer?: {host: string; by: 'generations' | 'times'};
}

/** What goes when one side is given up: what was written there since the two parted, as far as that can be seen. */
export interface Loss {
	host: string;
	/** KiB, where the kernel told. */
	kib?: number;
	/** By pool: the transaction groups from the first one that only this side has, where that can be seen, to the last; and their times. */
	pools: {name: string; from?: number; since?: string; to: number; last: string}[];
}

const stands = ([one, two]: Both): Stands[] =>
	one.volumes.flatMap(mine => {
		const theirs = two.volumes.find(({volume}) => volume === mine.volume);
		return theirs ? [{volume: mine.volume, ...relation(mine, theirs)}] : [];
	});

/** When the newest group was written, in seconds since 1970. */
const last = ({volumes}: ResourceAnswer): number =>
	Math.max(0, ...volumes.flatMap(({pool}) => (pool ? [pool.trail.at(-1)?.[2] ?? 0] : [])));

/** The last moment that a date can be, in seconds: a torn label may have any. */
const FARTHEST = 8.64e12;

export const moment = (seconds: number): string => {
	const known = Number.isFinite(seconds) ? Math.max(-FARTHEST, Math.min(seconds, FARTHEST)) : 0;
	return new Date(known * 1000).toISOString().replace('.000', '');
};

/** Judge the two sides, by identifiers first. @throws {Error} they have not the same volumes */
export function diverged(both: Both): Diverged {
	const [one, two] = both;
	const volumes = stands(both);
	if (volumes.length !== one.volumes.length || volumes.length !== two.volumes.length || volumes.length === 0) {
		throw new Error(
			`${one.host} has ${one.volumes.length} volumes of it, ${two.host} has ${two.volumes.length}: their configurations differ`,
		);
	}
	const has = (...is: Relation[]): boolean => volumes.some(volume => is.includes(volume.is));
	const told = (torn: boolean, why: string): Diverged => {
		const newer = newest(both, volumes);
		return {torn, why, volumes, ...(newer && {newer})};
	};
	if (one.connection === 'Connected' && two.connection === 'Connected') {
		return told(false, 'the two sides are connected');
	}
	if (has('apart', 'unrelated')) {
		return told(true, 'both sides have data of their own');
	}
	if (has('ahead') && has('behind')) {
		return told(true, 'each side is newer in a part of the volumes');
	}
	if (one.role === 'Primary' && two.role === 'Primary') {
		return told(true, 'both sides are Primary, and neither sees the other one');
	}
	if (has('ahead', 'behind')) {
		const [newer, older] = has('ahead') ? [one, two] : [two, one];
		return told(false, `${older.host} has an older state of what ${newer.host} has, and gets the rest when they connect`);
	}
	return told(false, 'both sides have the same data');
}

/** The identifiers know, unless both wrote; then the pools' last transaction groups tell who wrote last, by the hosts' clocks. */
function newest([one, two]: Both, volumes: readonly Stands[]): Diverged['newer'] {
	const has = (...is: Relation[]): boolean => volumes.some(volume => is.includes(volume.is));
	const mixed = has('apart', 'unrelated') || has('ahead') === has('behind');
	if (!mixed) {
		return {host: (has('ahead') ? one : two).host, by: 'generations'};
	}
	const [mine, theirs] = [last(one), last(two)];
	return mine > 0 && theirs > 0 && mine !== theirs ? {host: (mine > theirs ? one : two).host, by: 'times'} : undefined;
}

/** What is lost with this side. */
export function loss(victim: ResourceAnswer, survivor: ResourceAnswer): Loss {
	const counted = victim.volumes.flatMap(({written}) => (written === undefined ? [] : [written]));
	const pools = victim.volumes.flatMap((mine: VolumeSeen) => {
		const theirs = survivor.volumes.find(({volume}) => volume === mine.volume);
		return mine.pool ? [lost(mine.pool, theirs?.pool)] : [];
	});
	return {
		host: victim.host,
		...(counted.length === victim.volumes.length && {kib: counted.reduce((sum, one) => sum + one, 0)}),
		pools: pools.filter(({name}, index) => pools.findIndex(one => one.name === name) === index),
	};
}

function lost({name, txg, trail}: PoolSeen, theirs: PoolSeen | undefined): Loss['pools'][number] {
	const map = (groups: PoolSeen['trail']): Map<number, string> => new Map(groups.map(([group, root]) => [group, root]));
	const common = theirs?.name === name ? shared(map(trail), map(theirs.trail)) : undefined;
	const at = trail.find(([group]) => group === common)?.[2];
	const seen = {name, to: txg, last: moment(trail.at(-1)?.[2] ?? 0)};
	return common === undefined ? seen : {...seen, from: common + 1, since: moment(at ?? 0)};
}
