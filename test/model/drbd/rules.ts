import type {AnyStateMachine} from 'xstate';
import {judge} from '../../../lib/cluster/history.ts';
import {drbd} from '../../../lib/drbd/index.ts';
import {machine} from '../../../lib/drbd/machine.ts';
import {score} from '../../../lib/drbd/score.ts';
import {verdict} from '../../../lib/fence/verdict.ts';
import {claim} from '../../../lib/zpool/owner.ts';

/** The product's own rules, which the model asks wherever the product does. A tooth is a set of these with one guard taken away. */
export const RULES = {
	/** lib/fence: what fence-peer does next. */
	verdict,
	/** lib/drbd: what the agent does next. */
	machine: machine as AnyStateMachine,
	goals: drbd.goals,
	/** lib/drbd: how well a node can be promoted. */
	score,
	/** lib/zpool: who has the right to the pool, by its label. */
	claim,
	/** lib/cluster: whether a node is known to be down. */
	down: judge,
	/** lib/zpool: the last owner is back and on record without the pool. */
	released: (imported: boolean): boolean => !imported,
	/** lib/fence: the constraint is lifted only when nobody is behind. */
	together: (both: boolean): boolean => both,
	/** lib/fence: the target of a resync, which knows of its end before the source does, lifts none. */
	targetLifts: false,
	/** lib/fence: as a resync begins where no constraint stands, its target may not be promoted until the source has heard of its end. */
	forbids: true,
	/** lib/drbd: the promoted node's monitor looks after a constraint that was left over. */
	tends: true,
};
export type Rules = typeof RULES;
