import type {ResourceAnswer, VolumeSeen} from '../fence/asked.ts';
import {copyOf} from '../fence/copy.ts';
import {type Both, type Diverged, type Loss, loss, moment} from '../fence/diverged.ts';
import {bare} from '../fence/relation.ts';

/** What keeping one side means. */
interface Option {
	keep: string;
	loses: Loss;
	/** What twinpool snapshots before; nothing where it cannot. */
	copies: string[] | undefined;
	commands: {host: string; command: string}[];
}

interface Told extends Diverged {
	resource: string;
	fenced: {node: string; at: string} | undefined;
	/** What the split-brain handler noted here. */
	told: string | undefined;
	sides: Both;
	choices: Option[];
}

/** Both choices, with what each loses and the commands for it. */
export const choices = (resource: string, [one, two]: Both): Option[] => [option(resource, one, two), option(resource, two, one)];

function option(resource: string, survivor: ResourceAnswer, victim: ResourceAnswer): Option {
	const copies = victim.volumes.map(({copy}) => copy);
	const on = (host: string, ...commands: (string | false)[]): Option['commands'] =>
		commands.flatMap(command => (command === false ? [] : [{host, command}]));
	return {
		keep: survivor.host,
		loses: loss(victim, survivor),
		copies: copies.includes(undefined) ? undefined : copies.flatMap(copy => copy?.names ?? []),
		commands: [
			...on(
				victim.host,
				...victim.imported.map(pool => `zpool export ${pool}`),
				victim.connection !== 'StandAlone' && `drbdadm disconnect ${resource}`,
				victim.role === 'Primary' && `drbdadm secondary ${resource}`,
				...victim.volumes.map(({copy, backing}) => (copy ? copyOf(copy) : `dd if=${backing || 'DISK'} of=FILE bs=1M conv=sparse`)),
				`drbdadm connect --discard-my-data ${resource}`,
			),
			...on(survivor.host, survivor.connection === 'StandAlone' && `drbdadm connect ${resource}`),
		],
	};
}

/** What is lost, as part of a sentence. */
export function lostWords({host, kib, pools}: Loss): string {
	const groups = pools.map(({name, from, since, to, last}) =>
		from === undefined
			? `of ${name} up to txg ${to}, written ${last} (where the two parted is too long ago to be seen)`
			: `of ${name} ${from > to ? 'no whole txg' : `txg ${from} to ${to}, the last written ${last}`}, since ${since}`,
	);
	return `what ${host} wrote since they parted: ${[kib === undefined ? 'nobody counted how much' : `${kib} KiB`, ...groups].join('; ')}`;
}

const SAYS: Record<Diverged['volumes'][number]['is'], string> = {
	same: 'the same generation on both',
	ahead: 'the first has all that the second has, and more',
	behind: 'the second has all that the first has, and more',
	apart: 'a generation of its own on each side',
	unrelated: 'no generation in common',
};

export function report(told: Told): string {
	const {resource, torn, why, volumes, newer, fenced, sides, choices: options} = told;
	const wide = Math.max(...sides.map(({host}) => host.length));
	const lines = [
		`${resource}: ${torn ? 'split-brain' : 'no split-brain'}: ${why}`,
		fenced ? `${fenced.node} was fenced last, ${fenced.at}` : 'no fencing is on record',
		...(told.told === undefined ? [] : [`the split-brain handler noted here: ${told.told}`]),
		...sides.flatMap(side => [`${side.host.padEnd(wide)}  ${sideWords(side)}`, ...side.volumes.map(volumeWords)]),
		...volumes.map(({volume, is, since}) => `volume ${volume}: ${SAYS[is]}${since === undefined ? '' : `, since ${since}`}`),
		...(torn ? [newerWords(newer)] : []),
		...options.flatMap(optionWords),
		...(torn ? ['', `twinpool split-brain ${resource} --keep HOST does it, after a question (--yes: without)`] : []),
	];
	return `${lines.join('\n')}\n`;
}

function newerWords(newer: Diverged['newer']): string {
	if (!newer) {
		return 'neither is known to be newer';
	}
	const {host, by} = newer;
	return by === 'times'
		? `${host} wrote last, by the pools' times and the hosts' clocks`
		: `${host} is newer, by the generation identifiers`;
}

function sideWords({role, connection, imported}: ResourceAnswer): string {
	const state = role === undefined ? 'down' : `${role}, ${connection}`;
	return `${state}; ${imported.length > 0 ? `${imported.join(', ')} is imported` : 'no pool of it is imported'}`;
}

function volumeWords({volume, disk, backing, written, pool, ...ids}: VolumeSeen): string {
	const past = [ids.bitmap, ...ids.history].map(bare).filter(id => !/^0{15}[04]$/u.test(id));
	const seconds = pool?.trail.at(-1)?.[2];
	return `  volume ${volume}: ${[
		disk ?? 'down',
		backing || 'no disk',
		`generation ${bare(ids.current)} after ${past.join(', ') || 'none'}`,
		written === undefined ? 'nobody counted what was written since' : `${written} KiB out of sync`,
		pool ? `pool ${pool.name} at txg ${pool.txg}${seconds === undefined ? '' : ` of ${moment(seconds)}`}` : 'no label of a pool',
	].join('; ')}`;
}

const optionWords = ({keep, loses, copies, commands}: Option): string[] => [
	'',
	`--keep ${keep} loses ${lostWords(loses)}`,
	copies === undefined
		? '  no snapshot can be taken below it, and one within the pool goes with it: copy it by hand, then --without-copy'
		: `  ${loses.host} first takes a snapshot of ${copies.join(', ')}`,
	...commands.map(({host, command}) => `  on ${host}: ${command}`),
];
