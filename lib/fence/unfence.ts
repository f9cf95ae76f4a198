import {CibError, cibadmin} from '../cluster/cib.ts';
import {type Allowed, constraint, exactly} from '../cluster/constraint.ts';
import {type Element, render} from '../cluster/xml.ts';
import {ask, type Local} from './local.ts';
import {type Asking, patience, type Scene, scene} from './scene.ts';

const PAUSE = 1000;
const pause = (ms: number): Promise<void> => new Promise(resolve => void setTimeout(resolve, ms));

export interface Lifted {
	/** 0 when all is as it should be, 1 when the constraint should be gone and is not. The kernel reads neither. */
	code: 0 | 1;
	why: string;
}

/**
 * Lift the constraint, if nobody is behind any more: the end of a resync for the node that it came from, whose own word this is. Of what was
 * seen alone: whoever goes on without its peer writes the constraint anew, with a mark of its own.
 */
export async function unfencePeer(asking: Asking): Promise<Lifted> {
	const {told, options, deadline, trace} = asking;
	const local = await ask(told, deadline, trace.run);
	Object.assign(trace.facts, {drbd: local.words});
	const trusted = told.nodes.filter(({upToDate}) => upToDate);
	const all = everybody(asking, local);
	if (!all && trusted.length < 2) {
		return {code: 0, why: 'not every volume is UpToDate on both sides: the constraint stays'};
	}
	const seen = await patiently(
		() => scene(asking),
		answer => 'cluster' in answer,
		asking,
	);
	if ('cluster' in seen) {
		return {code: 1, why: `the constraint cannot be looked for: ${seen.why}`};
	}
	Object.assign(trace.facts, {constraintAllows: seen.standing?.allowed ?? null});
	if (!seen.standing) {
		return {code: 0, why: 'there is no constraint'};
	}
	if (options.ownerOnly && seen.constraint === 'foreign') {
		return {code: 0, why: 'the constraint rejects this node: whoever placed it lifts it (--unfence-only-if-owner-match)'};
	}
	if (options.dryRun) {
		return {code: 0, why: `would ${all ? 'lift' : 'widen'} the constraint`};
	}
	return all ? lift(seen, seen.standing.element, asking) : widen(seen, asking);
}

/** On 9 the kernel says it for every node of the resource; where it does not, and on 8.4, DRBD is looked at. */
function everybody({told}: Asking, local: Local): boolean {
	return told.nodes.some(({upToDate}) => upToDate) ? told.nodes.every(({upToDate}) => upToDate) : local.together;
}

async function lift(seen: Scene, element: Element, asking: Asking): Promise<Lifted> {
	const {told, deadline, trace} = asking;
	// Once more, now that the constraint is known: one that is counted on from here on is another one.
	if (!(await ask(told, deadline, trace.run)).together) {
		return {code: 0, why: 'the connection broke meanwhile: the constraint stays'};
	}
	// One of another form than ours has nothing to tell it by.
	const {rsc, id} = element.at;
	const which = seen.standing?.allowed ? ['--xpath', exactly(element)] : ['-X', render({tag: 'rsc_location', at: {rsc, id}, children: []})];
	const fault = await write(['-D', ...which], asking);
	if (fault && fault.fault !== 'nosuch') {
		return {code: 1, why: `the constraint could not be lifted: ${fault.message}`};
	}
	return {code: 0, why: `every volume is UpToDate on every side: constraint ${id} is lifted for ${seen.scheme.clone}`};
}

/** DRBD 9 with more than two nodes: those that are UpToDate again may be promoted again. */
async function widen(seen: Scene, asking: Asking): Promise<Lifted> {
	const allowed = [...seen.allowed, ...returned(seen, asking)];
	const stands = seen.standing?.allowed ?? [];
	if (!seen.standing || allowed.every(({value}) => stands.includes(value))) {
		return {code: 0, why: 'some nodes are still behind: the constraint stays'};
	}
	const wider = constraint(seen.scheme, allowed);
	const fault = await write(['-R', '--xpath', exactly(seen.standing.element), '-X', render(wider)], asking);
	return fault
		? {code: 1, why: `the constraint could not be widened: ${fault.message}`}
		: {code: 0, why: `promotion is allowed again on ${allowed.map(({value}) => value).join(', ')}`};
}

/** The peer that this event is about: it is no longer the one to keep out. */
function returned({other}: Scene, {told}: Asking): Allowed[] {
	const back = told.nodes.some(({id, upToDate}) => id === told.peerId && upToDate);
	return back && other ? [other] : [];
}

/** One write, repeated while the cluster elects its controller; what came of it in the end. */
function write(command: readonly string[], asking: Asking): Promise<CibError | undefined> {
	const once = async (): Promise<CibError | undefined> => {
		try {
			await cibadmin(command, patience(asking), asking.trace.run);
			return undefined;
		} catch (error) {
			if (error instanceof CibError) {
				return error;
			}
			throw error;
		}
	};
	return patiently(once, fault => fault !== undefined && /^(silent|offline|old|failed|quorum)$/u.test(fault.fault), asking);
}

/** Again and again as long as it fails, for at most the time that an election of the controller is given. */
async function patiently<T>(work: () => Promise<T>, failed: (answer: T) => boolean, {options, deadline}: Asking): Promise<T> {
	const end = Date.now() + Math.min(options.dcTimeout * 1000, deadline.left());
	for (;;) {
		const answer = await work();
		if (!failed(answer) || Date.now() + PAUSE >= end) {
			return answer;
		}
		await pause(PAUSE);
	}
}
