import type {Facts} from './states.ts';

/** `adjust_master_score`: Consistent alone, behind a good peer, UpToDate with an unknown peer, UpToDate. */
export type Scale = readonly [number, number, number, number];
/** A promotion score to publish; `remove` it; or `keep` what was said before. */
export type Score = number | 'remove' | 'keep';

const CLIENT = {all: 9999, some: 999};

interface Row {
	when(facts: Facts, removeIfPeerPrimary: boolean): boolean;
	score(scale: Scale, facts: Facts): Score;
}

const allPeers = ({connection, peerDisk}: Facts): boolean => connection === 'Connected' && peerDisk === 'UpToDate';
const ATTACHING = new Set(['Attaching', 'Negotiating']);

/** LINBIT's table, first match wins; a volume that is still attaching counts as not UpToDate on 9 as well. */
const TABLE: readonly Row[] = [
	{when: ({volumes}) => volumes.some(({quorum}) => !quorum), score: () => 'remove'},
	{when: (facts, remove) => remove && facts.peerRole === 'Primary' && allPeers(facts), score: () => 'remove'},
	{when: facts => client(facts) && allPeers(facts), score: () => CLIENT.all},
	{when: facts => client(facts), score: (_, {volumes}) => (volumes.some(({peerDisk}) => peerDisk === 'UpToDate') ? CLIENT.some : 'remove')},
	{when: ({disk, role}) => disk === 'UpToDate' && role === 'Primary', score: ([, , , current]) => current},
	{when: ({disk, volumes}) => disk === 'UpToDate' && volumes.some(({peerDisk}) => peerDisk === 'DUnknown'), score: ([, , alone]) => alone},
	{when: ({disk}) => disk === 'UpToDate', score: ([, , , current]) => current},
	{when: allPeers, score: ([, behind]) => behind},
	{when: ({volumes}) => volumes.length > 0 && volumes.every(({disk}) => disk === 'UpToDate' || ATTACHING.has(disk)), score: () => 'keep'},
	{
		when: ({volumes}) => volumes.length > 0 && volumes.every(({disk}) => disk === 'UpToDate' || disk === 'Consistent'),
		score: ([consistent]) => consistent,
	},
];

const client = ({volumes}: Facts): boolean => volumes.length > 0 && volumes.every(volume => volume.client);

/** How well this node can be promoted now. Never zero or negative: such a score makes Pacemaker restart the instance. */
export function score(facts: Facts, scale: Scale, removeIfPeerPrimary: boolean): Score {
	const found = TABLE.find(({when}) => when(facts, removeIfPeerPrimary))?.score(scale, facts) ?? 'remove';
	return typeof found === 'number' && found <= 0 ? 'remove' : found;
}
