import {FENCE, type FenceCode} from './codes.ts';

/** All that a verdict is made of. Each list is every value that there is, in the order in which the golden table walks them. */
export const INPUTS = {
	/** Our own volumes: the worst of them; `partly` when one is good for nothing and another UpToDate; `unknown` when it cannot be read. */
	disk: ['UpToDate', 'Consistent', 'bad', 'partly', 'unknown'],
	/** Our role when DRBD asked: Secondary is about to be promoted. */
	role: ['Primary', 'Secondary'],
	/** The peer's disks as far as DRBD knows them. */
	peerDisk: ['unknown', 'Inconsistent'],
	/** Whether the cluster on this host answers: `refused` is an answer that no repetition changes. */
	cluster: ['running', 'silent', 'absent', 'refused'],
	quorum: ['yes', 'no'],
	/**
	 * The fence constraint in the CIB: `mine` lets this node be promoted and not the peer, and this run wrote it; `old`: the same, from
	 * before, so that a peer that was just in step may be about to lift it; `wide` lets both be promoted, `foreign` not this node.
	 */
	constraint: ['none', 'mine', 'old', 'wide', 'foreign'],
	/** What the cluster knows of the peer. */
	peer: ['member', 'joining', 'stopped', 'fenced', 'down', 'lost', 'unknown', 'stranger'],
	/** Whether the cluster recorded the peer's DRBD as promoted. */
	promoted: ['no', 'yes'],
	/** The peer's controller, asked since the constraint was last looked at or written. */
	answers: ['unasked', 'yes', 'no'],
	/** Whether there is time left to wait. */
	patience: ['left', 'gone'],
} as const;

export type Situation = {[K in keyof typeof INPUTS]: (typeof INPUTS)[K][number]};
export type Pattern = {readonly [K in keyof Situation]?: readonly Situation[K][]};

/** The next thing to do: answer the kernel, write the constraint, ask the peer's controller, or wait and look again. */
export type Step = FenceCode | 'claim' | 'ask' | 'wait';

export interface Row {
	when: Pattern;
	step: Step;
	/** The sentence why, for the journal. */
	why: string;
}

const ALIVE = ['member'] as const;
/** Shut down in good order: what was still running then may be running now. */
const ORDERLY = ['stopped', 'down'] as const;
const GONE = ['fenced', 'down'] as const;
/** Nobody is there who could lift it. */
const STANDS = ['mine', 'old'] as const;
/** Left over when the others are through: lost, unknown, or a member that does not answer. */
const DARK = ['lost', 'unknown', 'member', 'joining'] as const;

/** The first row that fits is the verdict. */
export const ROWS: readonly Row[] = [
	{when: {disk: ['unknown']}, step: FENCE.NONE, why: 'this node cannot tell whether its own data is good'},
	{
		when: {disk: ['partly']},
		step: FENCE.NONE,
		why: 'one volume here is UpToDate and another is not: the kernel would go by the best of them, and the peer has the better other one',
	},
	{when: {disk: ['bad']}, step: FENCE.DOWN, why: 'no volume here is UpToDate: the kernel refuses the promotion, or goes on holding I/O'},
	{
		when: {constraint: ['foreign']},
		step: FENCE.NONE,
		why: 'a fence constraint rejects this node: the peer went on without it, and its data is newer',
	},
	{
		when: {disk: ['UpToDate'], peerDisk: ['Inconsistent']},
		step: FENCE.INCONSISTENT,
		why: 'the peer was in the middle of a resync from this node: it has no usable data',
	},
	{when: {cluster: ['refused']}, step: FENCE.NONE, why: 'the cluster cannot place a fence constraint for this resource'},
	{when: {cluster: ['silent', 'absent'], patience: ['left']}, step: 'wait', why: 'the cluster on this host does not answer'},
	{when: {cluster: ['silent', 'absent']}, step: FENCE.NONE, why: 'without an answer of the cluster nothing is known of the peer'},
	{when: {peer: ['stranger']}, step: FENCE.NONE, why: 'the peer is no node of this cluster: nobody fences it, and no constraint holds it'},
	{when: {quorum: ['no'], patience: ['left']}, step: 'wait', why: 'this partition has no quorum'},
	{when: {quorum: ['no']}, step: FENCE.NONE, why: 'this partition has no quorum: the peer may be going on with the others'},

	{
		when: {peer: ORDERLY, promoted: ['yes'], patience: ['left']},
		step: 'wait',
		why: 'contact with the peer ended during its shutdown, with DRBD still promoted there: only fencing makes sure',
	},
	{
		when: {peer: ORDERLY, promoted: ['yes']},
		step: FENCE.NONE,
		why: 'the peer may be Primary still: contact ended during its shutdown or in maintenance mode, and Pacemaker does not fence it by itself (stonith_admin --fence)',
	},
	{
		when: {peer: GONE, constraint: STANDS},
		step: FENCE.FENCED,
		why: 'the peer is known to be down, and the constraint holds it when it returns',
	},
	{when: {peer: GONE, disk: ['UpToDate']}, step: 'claim', why: 'the peer is known to be down'},
	// Its last words are in our CIB, so both were in one cluster until then: had it gone on alone, its constraint would be there too.
	{when: {peer: ['down']}, step: 'claim', why: 'the peer left this cluster in good order and no constraint of its own stands'},
	{
		when: {peer: ['fenced']},
		step: FENCE.DOWN,
		why: 'the peer is down, but the data here is only Consistent and nothing says that the peer did not write after it',
	},

	{
		when: {peer: ['stopped'], constraint: STANDS},
		step: FENCE.OUTDATED,
		why: 'Pacemaker was stopped on the peer, and the constraint holds it when it starts',
	},
	{when: {peer: ['stopped']}, step: 'claim', why: 'Pacemaker was stopped on the peer in good order'},

	{
		when: {peer: ['joining'], patience: ['left']},
		step: 'wait',
		why: 'the peer is joining the cluster: what is written to the CIB now, it may not get',
	},
	{when: {peer: ALIVE, answers: ['unasked']}, step: 'ask', why: 'the peer counts as a member: does it still answer over the cluster link?'},
	{
		when: {peer: ALIVE, answers: ['yes'], role: ['Secondary'], promoted: ['yes']},
		step: FENCE.PRIMARY,
		why: 'the peer is alive and promoted: this node outdates itself',
	},
	{
		when: {peer: ALIVE, answers: ['yes'], constraint: ['mine']},
		step: FENCE.OUTDATED,
		why: 'only the storage link is cut: the peer is alive and has the constraint, which forbids its promotion',
	},
	{when: {peer: ALIVE, answers: ['yes']}, step: 'claim', why: 'only the storage link is cut: the peer is alive in the cluster'},

	{when: {peer: DARK, patience: ['left']}, step: 'wait', why: 'the peer is out of reach and not yet fenced'},
	{
		when: {peer: DARK, disk: ['UpToDate']},
		step: FENCE.NONE,
		why: "the peer is out of reach and was never fenced: if it goes on as well, one side's writes are lost; repair fencing, or confirm with stonith_admin that it is down",
	},
	{
		when: {peer: DARK},
		step: FENCE.DOWN,
		why: 'the peer is out of reach and the data here is only Consistent: the kernel refuses the promotion',
	},
];

const fits = (when: Pattern, situation: Situation): boolean =>
	Object.entries(when).every(([name, values]) => (values as readonly string[]).includes(situation[name as keyof Situation]));

/** What to do with what is known: pure, and defined for every combination of the inputs. */
export function verdict(situation: Situation, rows: readonly Row[] = ROWS): Row {
	return rows.find(({when}) => fits(when, situation)) ?? {when: {}, step: FENCE.NONE, why: 'no rule covers this situation'};
}
