import {type AnyMachineSnapshot, type AnyStateMachine, getNextTransitions, transition} from 'xstate';
import type {Goal} from './lifecycle.ts';
import {search} from './search.ts';

/** One step of a plan: the event's type and the sentence that its transition carries. */
export interface Step {
	type: string;
	description: string;
}

/**
 * Fewest steps from here to the goal, by the verbs that this action may use and the moves that are due anyway.
 * An empty plan: the goal holds. Nothing: no way leads there.
 */
export function plan(machine: AnyStateMachine, here: AnyMachineSnapshot, goal: Goal): Step[] | undefined {
	function* next(at: AnyMachineSnapshot): Iterable<[Step, AnyMachineSnapshot]> {
		for (const {eventType: type, meta, description = type} of getNextTransitions(at)) {
			if ((goal.by.includes(type) || meta?.['due']) && at.can({type})) {
				yield [{type, description}, transition(machine, at, {type})[0]];
			}
		}
	}
	for (const {state, path} of search(here, next, at => JSON.stringify(at.value))) {
		if (goal.reach.every(tag => state.hasTag(tag))) {
			return path;
		}
	}
	return undefined;
}
