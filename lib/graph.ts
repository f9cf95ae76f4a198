import {type AnyMachineSnapshot, type AnyStateMachine, getNextTransitions, initialTransition, type StateValue, transition} from 'xstate';
import type {Goal} from './lifecycle.ts';
import {type Found, search} from './search.ts';

/** A machine with what its actions are after: all that a diagram needs. */
export interface Subject {
	machine: AnyStateMachine;
	/** The configuration that the guards ask. */
	context: Record<string, unknown>;
	/** From nothing to in service. */
	up: Goal;
	/** What is done about what may happen to it in service. */
	failover: Goal;
	/** From anywhere back to nothing. */
	down: Goal;
}

/** One arrow: in which region, between which states, and whose move it is. */
export interface Edge {
	region: string;
	from: string;
	to: string;
	label: string;
}

export type Phase = 'bring up' | 'failover' | 'tear down';

type Move = [Edge[], AnyMachineSnapshot];
type Wanted = (label: string) => boolean;

export const ITSELF = 'by itself';
export const MAY = 'may happen';
const whose = {true: ITSELF, false: MAY};

/** The region and state of every leaf: `{up: {role: 'Primary'}}` is `up.role` at `Primary`. */
function leaves(value: StateValue, region = ''): Map<string, string> {
	if (typeof value === 'string') {
		return new Map([[region, value]]);
	}
	return new Map(Object.entries(value).flatMap(([name, inner]) => (inner ? [...leaves(inner, region ? `${region}.${name}` : name)] : [])));
}

function between(one: StateValue, two: StateValue, label: string): Edge[] {
	const [before, after] = [leaves(one), leaves(two)];
	if ([...before.keys()].join() !== [...after.keys()].join()) {
		const top = (value: StateValue): string => (typeof value === 'string' ? value : (Object.keys(value)[0] ?? ''));
		return [{region: '', from: top(one), to: top(two), label}];
	}
	return [...before].flatMap(([region, from]) => {
		const to = after.get(region) ?? from;
		return from === to ? [] : [{region, from, to, label}];
	});
}

/** The moves from a state: our verbs by their names, the world's by whether it makes them for sure. */
function* moves(machine: AnyStateMachine, at: AnyMachineSnapshot, wanted: Wanted): Generator<Move> {
	for (const {eventType: type, meta, source} of getNextTransitions(at)) {
		const label = meta ? whose[`${meta['due'] === true}`] : type;
		// What a whole region is told from outside may come at any time: arrows from everywhere to everywhere show nothing.
		const told = meta && source.type === 'compound' && source.parent?.type === 'parallel';
		if (wanted(label) && !told && at.can({type})) {
			const [to] = transition(machine, at, {type});
			yield [between(at.value, to.value, label), to];
		}
	}
}

function explore({machine}: Subject, start: AnyMachineSnapshot, wanted: Wanted): Found<AnyMachineSnapshot, Edge[]>[] {
	return [
		...search(
			start,
			at => moves(machine, at, wanted),
			at => JSON.stringify(at.value),
		),
	];
}

/** The arrows of one phase, each once: the edges that the search walks. */
export function edges(subject: Subject, phase: Phase): Edge[] {
	const {machine, context, up, failover, down} = subject;
	const by =
		(goal: Goal): Wanted =>
		label =>
			label === ITSELF || goal.by.includes(label);
	const initial = machine.resolveState({value: initialTransition(machine, context)[0].value, context});
	const rising = explore(subject, initial, by(up));
	if (phase === 'bring up') {
		return collect(subject, rising, by(up));
	}
	const steady = rising.find(({state}) => up.reach.every(tag => state.hasTag(tag))) ?? {state: initial};
	const fates = [steady.state, ...[...moves(machine, steady.state, label => label === MAY)].map(([, state]) => state)];
	const after = fates.flatMap(state => explore(subject, state, by(failover)));
	if (phase === 'failover') {
		const happened = [...moves(machine, steady.state, label => label === MAY)].flatMap(([edge]) => edge);
		return unique([...happened, ...collect(subject, after, by(failover))]);
	}
	const falling = after.flatMap(({state}) => explore(subject, state, label => down.by.includes(label)));
	return collect(subject, falling, label => down.by.includes(label));
}

const collect = ({machine}: Subject, found: Found<AnyMachineSnapshot, Edge[]>[], wanted: Wanted): Edge[] =>
	unique(found.flatMap(({state}) => [...moves(machine, state, wanted)].flatMap(([edge]) => edge)));

const unique = (all: Edge[]): Edge[] => [...new Map(all.map(edge => [JSON.stringify(edge), edge])).values()];

/** One phase as a Mermaid state diagram; each region is a box of its own. */
export function mermaid(subject: Subject, phase: Phase): string {
	const lines = ['stateDiagram-v2'];
	const all = edges(subject, phase);
	for (const region of new Set(all.map(edge => edge.region))) {
		const inside = all.filter(edge => edge.region === region);
		const id = (state: string): string => `${region} ${state}`.trim().replace(/\W/gu, '_');
		const tab = region ? '\t\t' : '\t';
		const states = new Set(inside.flatMap(({from, to}) => [from, to]));
		lines.push(
			...(region ? [`\tstate "${region.split('.').at(-1)}" as ${region.replace(/\W/gu, '_')} {`] : []),
			...[...states].map(state => `${tab}state "${state}" as ${id(state)}`),
			...inside.map(({from, to, label}) => `${tab}${id(from)} --> ${id(to)}: ${label}`),
			...(region ? ['\t}'] : []),
		);
	}
	return `${lines.join('\n')}\n`;
}
