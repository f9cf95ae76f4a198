import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from './deadline.ts';
import type {Lifecycle, Outcome} from './lifecycle.ts';
import {OCF, OcfError} from './ocf/codes.ts';
import {plan} from './plan.ts';
import {ToolError} from './run.ts';
import {saw} from './transcript.ts';

const POLL = {first: 50, most: 1000};
/** What a look is given at the least, in milliseconds. */
const LOOK = 300;

/** Called for every step that is taken or waited for, once while it stays the same. */
export type Log = (sentence: string) => void;

/**
 * Observe, plan, take one step; again, until the goal holds or the deadline comes.
 * A due step is waited for, a refused one ends the action, one that did not work is tried again after another look.
 * @throws {OcfError} with the reason: no way there, refused, or what we were still waiting for
 */
export async function reach<Params, Facts>(
	life: Lifecycle<Params, Facts>,
	action: string,
	params: Params,
	deadline: Deadline,
	log: Log = () => undefined,
): Promise<Facts> {
	const goal = life.goals[action] ?? {reach: [], by: []};
	let waiting = `the first look at ${action}`;
	let before = '';
	let said: Outcome | undefined;
	const ranOut = (why: string): OcfError => new OcfError(OCF.ERR_GENERIC, `${action} ran out of its ${deadline.timeout / 1000} s: ${why}`);
	/** A tool that got only the rest of the time is not the reason: what had been refused all along is. */
	const outOfTime = (error: unknown): never => {
		throw error instanceof ToolError && error.fault === 'timeout' && said && 'again' in said ? ranOut(said.again) : error;
	};
	for (let poll = POLL.first; ; poll = Math.min(poll * 2, POLL.most)) {
		const facts = await life.observe(params, deadline).catch(outOfTime);
		const {machine, value, context} = await life.resolve(facts, params);
		saw(machine.id, facts);
		const here = machine.resolveState({value, context});
		if (goal.reach.every(tag => here.hasTag(tag))) {
			return facts;
		}
		const [step] = plan(machine, here, goal) ?? [];
		if (!step) {
			throw life.refusal(action, facts, params);
		}
		const now = `${step.type} from ${JSON.stringify(here.value)}`;
		const changed = now !== before;
		if (changed) {
			log(step.description);
			poll = POLL.first;
		}
		before = now;
		waiting = step.description;
		if (goal.by.includes(step.type)) {
			said = await life.act(step.type, params, facts, deadline).catch(outOfTime);
			if ('done' in said && changed) {
				continue;
			}
			waiting = notYet(said, step.type);
		}
		// Another look needs time of its own: what it could not see would be the reason instead of this one.
		if (deadline.left() <= poll + LOOK) {
			throw ranOut(waiting);
		}
		await sleep(poll);
	}
}

/** Why there is more to do after a verb. */
function notYet(said: Outcome, verb: string): string {
	if ('refused' in said) {
		throw said.refused;
	}
	return 'again' in said ? said.again : `${verb} says it is done, and nothing changed`;
}
