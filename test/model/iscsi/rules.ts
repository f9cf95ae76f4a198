import type {AnyStateMachine} from 'xstate';
import {doubt} from '../../../lib/cluster/agreed.ts';
import {judge} from '../../../lib/cluster/history.ts';
import {complete, type Lease, without} from '../../../lib/cluster/lease.ts';
import {progress} from '../../../lib/iscsi/completed.ts';
import {grant, wroteAlone} from '../../../lib/iscsi/grant.ts';
import {leg} from '../../../lib/iscsi/index.ts';
import {machine} from '../../../lib/iscsi/machine.ts';
import {laidDown} from '../../../lib/iscsi/stop.ts';

/** The product's own rules, which the model asks wherever the product does. A tooth is a set of these with one guard taken away. */
export const RULES = {
	/** lib/iscsi: what the keeper does next. */
	machine: machine as AnyStateMachine,
	goals: leg.goals,
	/** lib/iscsi: may this node import, and from which halves; may a half be a leg again. */
	grant,
	wroteAlone,
	/** lib/iscsi: is the resilver of a leg over; what the lease says after a stop. */
	progress,
	laidDown,
	/** lib/cluster: may writes be taken by fewer halves than the others think; is a node known to be down; the lease's changes. */
	doubt,
	judge,
	complete,
	without,
	/** lib/iscsi: a session that is back before its leg was let go leaves nothing to resilver, if the lease had the leg until then (letLegGo). */
	returned: (before: Lease, guid: string): boolean => before.current.includes(guid),
	/** The CIB's own search for the old value (setLease), and a member's own copy of the lease (unshown): both are spoken to, not computed. */
	matches: (copy: string, before: string): boolean => copy === before,
	shows: (copy: string, lease: string): boolean => copy === lease,
};
export type Rules = typeof RULES;
