import {cibadmin} from '../cluster/cib.ts';
import {exactly} from '../cluster/constraint.ts';
import {forgetState} from '../cluster/told.ts';
import type {Element} from '../cluster/xml.ts';
import {attributeOf} from '../drbd/states.ts';
import {FENCE, type FenceCode} from './codes.ts';
import {look} from './local.ts';
import type {Asking, NoScene, Scene} from './scene.ts';
import {again, ask, claim, type Known, observe, pause, stale} from './steps.ts';
import {passed} from './trace.ts';
import {type Situation, verdict} from './verdict.ts';

/**
 * How long a peer that is out of reach may take to be fenced, in seconds. A Primary has its I/O frozen and nothing better to do;
 * a promotion holds DRBD's locks, and Pacemaker's timeout is behind it.
 */
export const PATIENCE = {Primary: 480, Secondary: 90};

/** How often DRBD is looked at while a connection may come back. */
const PAUSE = 500;

export interface Answer {
	code: FenceCode;
	why: string;
	/** The constraint that this run placed, where none stood before. */
	placed?: Element;
}

/** Ask the table, do what it says, until it has an answer for the kernel. */
export async function fencePeer(asking: Asking): Promise<Answer> {
	const {options, deadline, trace} = asking;
	const begun = Date.now();
	if (options.hickup > 0 && (await cameBack(asking, begun + options.hickup * 1000))) {
		return {code: FENCE.NONE, why: 'the connection came back by itself: there is nothing to fence'};
	}
	const known = await observe(asking);
	for (;;) {
		if (stale(known)) {
			await again(known, asking);
		}
		const situation = situationOf(known, begun, asking);
		const {step, why, when} = verdict(situation);
		const sentence = withEvidence(why, known, when.cluster !== undefined);
		passed(trace, `${step}`, why);
		Object.assign(trace.facts, {inputs: situation, drbd: known.local.words, ...wordsOf(known.seen)});
		if (typeof step === 'number') {
			return withTheirGuests(known, begun, await settle(known, {code: step, why: sentence}, asking), asking);
		}
		if (deadline.left() === 0) {
			return {code: FENCE.NONE, why: `there was no time left (${why})`};
		}
		if (options.dryRun && step === 'wait') {
			return {code: FENCE.NONE, why: `would ${step}: ${sentence}`};
		}
		if (step === 'claim') {
			await claim(known, asking);
		} else if (step === 'ask') {
			await ask(known, asking);
		} else {
			await again(known, asking);
		}
	}
}

function withEvidence(why: string, {seen, trouble}: Known, ofCluster: boolean): string {
	const evidence = 'cluster' in seen ? undefined : `${seen.peerName}: ${seen.evidence}`;
	const detail = ofCluster ? trouble : evidence;
	return detail ? `${why} (${detail})` : why;
}

const wordsOf = (seen: Scene | NoScene): Record<string, unknown> =>
	'cluster' in seen
		? {cluster: seen.why}
		: {peer: seen.peerName, peerState: seen.evidence, constraintAllows: seen.standing?.allowed ?? null};

function situationOf(known: Known, begun: number, {options}: Asking): Situation {
	const {local, seen, answers, mute} = known;
	const {disk, role, peerDisk} = local;
	const own = {disk, role, peerDisk, answers};
	const gone =
		Date.now() >= Math.min(mute.reads ?? Number.POSITIVE_INFINITY, mute.writes ?? Number.POSITIVE_INFINITY) + options.dcTimeout * 1000;
	// A cluster that answers and takes no write in all that time is as good as silent.
	if ('cluster' in seen || gone) {
		const cluster = 'cluster' in seen ? seen.cluster : 'silent';
		return {...own, patience: gone ? 'gone' : 'left', cluster, quorum: 'no', constraint: 'none', peer: 'unknown', promoted: 'no'};
	}
	const patience = Date.now() < begun + (options.timeout ?? PATIENCE[role]) * 1000 ? 'left' : 'gone';
	return {...own, patience, cluster: 'running', quorum: seen.quorum, constraint: seen.constraint, peer: seen.peer, promoted: seen.promoted};
}

/** Whether every volume is UpToDate on both sides again, before this moment. */
async function cameBack({told, deadline, trace}: Asking, end: number): Promise<boolean> {
	for (;;) {
		const {together} = await look(told, deadline, trace.run);
		if (together || Date.now() >= end) {
			return together;
		}
		await pause(PAUSE);
	}
}

/** Last: a connection that came back meanwhile, for which the kernel takes no answer; and the way out for a rejected Primary. */
async function settle(known: Known, answer: Answer, asking: Asking): Promise<Answer> {
	const {told, options, deadline, trace} = asking;
	const {local, seen, claimed} = known;
	const placed = 'cluster' in seen ? undefined : claimed;
	if (asking.mark !== undefined && local.version === 8) {
		const now = await look(told, deadline, trace.run);
		if (placed && now.together) {
			// No resync will follow whose end would lift it.
			await takeBack(placed, asking);
			return {code: FENCE.NONE, why: 'the connection came back meanwhile, nobody is behind: the constraint was taken back'};
		}
		if (now.words.startsWith('Connected')) {
			// A resync that began before it was written does not lift it: the next monitor looks.
			forgetState(attributeOf(told.resource));
		}
	}
	const rejected = !('cluster' in seen) && seen.constraint === 'foreign' && local.role === 'Primary' && local.disk !== 'unknown';
	if (rejected && options.suicide && !options.dryRun) {
		const {terminate} = await import('./self.ts');
		trace.notes.push(await terminate(seen.me, trace.run));
	}
	return placed ? {...answer, placed} : answer;
}

/**
 * With --guests: whatever DRBD may do now, this node goes on only when the guests of a peer that is up are gone. Of one that is
 * down for sure nothing is left to destroy.
 */
async function withTheirGuests(known: Known, begun: number, answer: Answer, asking: Asking): Promise<Answer> {
	const {options, deadline, trace} = asking;
	const {guests: uri, dryRun} = options;
	const goesOn = answer.code !== FENCE.NONE && answer.code !== FENCE.PRIMARY;
	if (uri === undefined || !goesOn || down(known)) {
		return answer;
	}
	if (dryRun) {
		trace.notes.push(`would destroy the guests on this storage at ${uri}`);
		return answer;
	}
	const {withoutGuests} = await import('./guests.ts');
	const end = deadline.within(begun + (options.timeout ?? PATIENCE[known.local.role]) * 1000 - Date.now());
	const attempt = (): Promise<{trouble: string | undefined}> => withoutGuests({...asking, deadline: end}, uri).then(trouble => ({trouble}));
	for (let destroyed = attempt(); ; ) {
		const ended = await Promise.race([destroyed, again(known, asking)]);
		if (ended && ended.trouble === undefined) {
			return {...answer, why: `${answer.why}; its guests on this storage are gone`};
		}
		// A host that does not answer may be in the middle of being fenced.
		if (down(known)) {
			return {...answer, why: `${answer.why}; meanwhile it is down, and nothing there can use this storage`};
		}
		if (ended && end.left() < PAUSE) {
			return {...answer, code: FENCE.NONE, why: `its guests on this storage are not proved gone: ${ended.trouble}`};
		}
		if (ended) {
			await again(known, asking);
			destroyed = attempt();
		}
	}
}

/** Fenced; or left in good order with DRBD demoted, so that no guest of its can use this storage, though the machine may be on. */
const down = ({seen}: Known): boolean => !('cluster' in seen) && seen.promoted === 'no' && (seen.peer === 'fenced' || seen.peer === 'down');

/** Lift a constraint that turned out to be for nothing. */
export async function takeBack(placed: Element, {deadline, trace}: Asking): Promise<void> {
	await cibadmin(['-D', '--xpath', exactly(placed)], deadline, trace.run).catch((error: unknown) => {
		trace.notes.push(`the constraint stays: ${error instanceof Error ? error.message : String(error)}`);
	});
}
