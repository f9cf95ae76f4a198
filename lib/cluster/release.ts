import type {Membership} from './cib.ts';

/**
 * May the pool go on without its lost leg? Writes that only this half has are safe once no other node can import the other half:
 * each of them reads from the same CIB that it is behind, or is down for sure.
 */
export interface Verdict {
	go: boolean;
	why: string;
}

/** What is known of one other node, as one row of the table. */
const ROWS: Record<Membership, Verdict> = {
	member: {go: true, why: 'is a member: it has the same CIB, and with it the lease'},
	// It may have quorum of its own, and leave again with the CIB that it came with.
	joining: {go: false, why: 'is only joining: it has not got this CIB yet'},
	// Where corosync runs on, nothing makes that Pacemaker wait for this node's CIB.
	stopped: {go: false, why: 'runs corosync without Pacemaker and may start with an old CIB: start that, or stop corosync too'},
	fenced: {go: true, why: 'is down: it gets the CIB when it is back'},
	down: {go: true, why: 'left in good order: it gets the CIB when it is back'},
	lost: {go: false, why: 'is lost and not fenced: it may be about to import its half'},
	unknown: {go: false, why: 'is unknown: it may be about to import its half'},
};

export function release(quorum: boolean, others: readonly {name: string; membership: Membership}[]): Verdict {
	if (!quorum) {
		return {go: false, why: 'this partition has no quorum: the other one may import its half'};
	}
	const told = others.map(({name, membership}) => ({...ROWS[membership], name}));
	const doubt = told.find(({go}) => !go);
	const [first] = told;
	if (doubt) {
		return {go: false, why: `${doubt.name} ${doubt.why}`};
	}
	return first ? {go: true, why: `${first.name} ${first.why}`} : {go: true, why: 'there is no other node'};
}
