import {type Code, OCF} from '../ocf/codes.ts';
import type {Facts} from './states.ts';

/** What monitor answers, the sentence for crm_mon when something is amiss, and the word for the node attribute. */
export interface Health {
	code: Code;
	reason?: string;
	state: string;
}

const peer = ({connection, peerDisk}: Facts): boolean => connection === 'Connected' && peerDisk === 'UpToDate';
const percent = ({volumes}: Facts): string => {
	const known = volumes.flatMap(({inSync}) => (inSync === undefined ? [] : [inSync]));
	return known.length > 0 ? ` (${Math.min(...known).toFixed(1)} % in sync)` : '';
};
const replication = ({volumes}: Facts): string | undefined =>
	volumes.map(volume => volume.replication).find(word => word !== 'Off' && word !== 'Established');

/** What is amiss, worst first: the word that goes into the node attribute and the sentence for people. */
const TROUBLES: readonly [(facts: Facts) => boolean, (facts: Facts) => string, (facts: Facts) => string][] = [
	[
		({suspended}) => suspended !== 'no',
		({suspended}) => `suspended:${suspended}`,
		({suspended}) => `I/O is held (${suspended}) until the peer is fenced or back`,
	],
	[
		({connection}) => connection === 'StandAlone',
		() => 'StandAlone',
		() => 'StandAlone: not replicated, and DRBD will not reconnect by itself (split-brain, or disconnected by hand)',
	],
	[
		({disk, volumes}) => disk === 'Diskless' && !volumes.every(({client}) => client),
		() => 'Diskless',
		() => 'Diskless: all I/O goes to the peer; look for a failed disk',
	],
	[({disk}) => ['Failed', 'Detaching', 'DUnknown'].includes(disk), ({disk}) => disk, ({disk}) => `local disk is ${disk}`],
	[facts => replication(facts) !== undefined, facts => replication(facts) ?? '', facts => `${replication(facts)}${percent(facts)}`],
	[({disk}) => disk === 'Outdated', () => 'Outdated', () => 'Outdated: the peer has newer data; not promotable before a resync'],
	[({disk}) => disk === 'Inconsistent', () => 'Inconsistent', () => 'Inconsistent: a resync did not finish; not promotable before it does'],
	[({disk}) => disk === 'Consistent', () => 'Consistent', () => 'Consistent: not known whether the peer has newer data'],
	[
		({connection}) => connection !== 'Connected',
		({connection}) => connection,
		({connection}) => `peer is not connected (${connection}): writes are not replicated`,
	],
	[
		({peerDisk}) => peerDisk !== 'UpToDate',
		({peerDisk}) => `peer:${peerDisk}`,
		({peerDisk}) => `peer's disk is ${peerDisk}: writes are not replicated`,
	],
];

/**
 * The exit code of monitor for what one look showed: 7 only when nothing is configured,
 * 9 for a Primary without access to good data, 190 and 191 for anything amiss where the cluster manager takes them.
 */
export function health(facts: Facts | undefined, degraded: boolean): Health {
	if (!facts) {
		return {code: OCF.NOT_RUNNING, state: 'down'};
	}
	const promoted = facts.role === 'Primary';
	if (promoted && facts.disk !== 'UpToDate' && !peer(facts)) {
		return {
			code: OCF.FAILED_PROMOTED,
			state: 'no-data',
			reason: `${facts.name} is Primary without access to UpToDate data (disk ${facts.disk}, peer ${facts.peerDisk})`,
		};
	}
	const found = TROUBLES.find(([amiss]) => amiss(facts));
	const fine = promoted ? OCF.RUNNING_PROMOTED : OCF.SUCCESS;
	if (!found) {
		return {code: fine, state: 'UpToDate'};
	}
	const [, word, sentence] = found;
	const remark = promoted ? OCF.DEGRADED_PROMOTED : OCF.DEGRADED;
	return {code: degraded ? remark : fine, state: word(facts), reason: `${facts.name}: ${sentence(facts)}`};
}
