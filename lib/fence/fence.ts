import {cibadmin, CibError} from '../cluster/cib.ts';
import {constraint, exactly} from '../cluster/constraint.ts';
import {render} from '../cluster/xml.ts';
import {FENCE, type FenceCode} from './codes.ts';
import {type Local, look} from './local.ts';
import {type Asking, type NoScene, noScene, type Scene, scene} from './scene.ts';
import {passed} from './trace.ts';
import {type Situation, verdict} from './verdict.ts';

/** How often the cluster is looked at while something is awaited. */
const PAUSE = 500;
/** One question to the peer's controller; a healthy one answers in milliseconds. */
const QUESTION = 5000;
const pause = (ms: number): Promise<void> => new Promise(resolve => void setTimeout(resolve, ms));

/** What is known at one moment of a run. */
interface Known {
	local: Local;
	seen: Scene | NoScene;
	answers: Situation['answers'];
	/** Since when the cluster takes no reads, or no writes: it may be electing its controller. */
	mute: {reads: number | undefined; writes: number | undefined};
	/** This run placed the constraint. */
	claimed: boolean;
}

export interface Answer {
	code: FenceCode;
	why: string;
}

/** Ask the table, do what it says, until it has an answer for the kernel. */
export async function fencePeer(asking: Asking): Promise<Answer> {
	const {told, options, deadline, trace} = asking;
	const begun = Date.now();
	if (options.hickup > 0 && await cameBack(asking, begun + options.hickup * 1000)) {
		return {code: FENCE.NONE, why: 'the connection came back by itself: there is nothing to fence'};
	}
	// DRBD and the cluster are looked at in the same moment.
	const [local, seen] = await Promise.all([look(told, deadline, trace.run), scene(asking)]);
	const known: Known = {local, seen, answers: 'unasked', mute: {reads: undefined, writes: undefined}, claimed: false};
	heard(known);
	for (;;) {
		const situation = situationOf(known, begun, asking);
		const {step, why} = verdict(situation);
		passed(trace, `${step}`, why);
		Object.assign(trace.facts, {inputs: situation, drbd: known.local.words, ...wordsOf(known.seen)});
		if (typeof step === 'number') {
			return settle(known, {code: step, why: sentence(why, known.seen)}, asking);
		}
		if (deadline.left() === 0) {
			return {code: FENCE.NONE, why: `there was no time left (${why})`};
		}
		if (options.dryRun && step === 'wait') {
			return {code: FENCE.NONE, why: `would ${step}: ${sentence(why, known.seen)}`};
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

const wordsOf = (seen: Scene | NoScene): Record<string, unknown> =>
	'cluster' in seen ? {cluster: seen.why} : {peer: seen.peerName, peerState: seen.evidence, constraintAllows: seen.standing?.allowed ?? null};

const sentence = (why: string, seen: Scene | NoScene): string => 'cluster' in seen ? `${why}: ${seen.why}` : `${why} (${seen.peerName}: ${seen.evidence})`;

function situationOf(known: Known, begun: number, {options}: Asking): Situation {
	const {local, seen, answers, mute} = known;
	const {disk, role, peerDisk} = local;
	const own = {disk, role, peerDisk, answers};
	if ('cluster' in seen) {
		const since = Math.min(mute.reads ?? Infinity, mute.writes ?? Infinity);
		const patience = Date.now() < since + options.dcTimeout * 1000 ? 'left' : 'gone';
		return {...own, patience, cluster: seen.cluster, quorum: 'no', constraint: 'none', peer: 'unknown', promoted: 'no'};
	}
	const patience = Date.now() < begun + options.timeout * 1000 ? 'left' : 'gone';
	return {...own, patience, cluster: 'running', quorum: seen.quorum, constraint: seen.constraint, peer: seen.peer, promoted: seen.promoted};
}

function heard({seen, mute}: Known): void {
	mute.reads = 'cluster' in seen ? mute.reads ?? Date.now() : undefined;
}

/** Wait a little, then look at everything anew. */
async function again(known: Known, asking: Asking): Promise<void> {
	await pause(Math.min(PAUSE, asking.deadline.left()));
	await refresh(known, asking);
	known.answers = 'unasked';
}

async function refresh(known: Known, asking: Asking): Promise<void> {
	const {told, deadline, trace} = asking;
	[known.local, known.seen] = await Promise.all([look(told, deadline, trace.run), scene(asking)]);
	heard(known);
}

/**
 * Ask the peer's controller for a sign of life, and watch the cluster meanwhile: a peer that is being fenced never answers.
 * Membership alone is no sign: corosync takes seconds to notice what DRBD saw at once. The answer also comes after the constraint in
 * the cluster's total order of messages, so a peer that answers after it was written has it, and cannot be promoted even if it
 * fences this node a moment later.
 */
async function ask(known: Known, asking: Asking): Promise<void> {
	const {deadline, trace} = asking;
	if ('cluster' in known.seen) {
		return;
	}
	const question = trace.run(['crmadmin', '-S', known.seen.peerName], {timeout: Math.max(1, Math.min(QUESTION, deadline.left()))}).then(
		({exit, stdout, stderr}) => exit === 0 && /\bS_[A-Z_]+\b/u.test(stdout + stderr) ? 'yes' : 'no',
		() => 'no' as const,
	);
	for (;;) {
		const answer = await Promise.race([question, pause(PAUSE)]);
		if (answer) {
			known.answers = answer;
			return;
		}
		await refresh(known, asking);
		if ('cluster' in known.seen || !/^(member|joining)$/u.test(known.seen.peer)) {
			return;
		}
	}
}

/** Write the constraint: created if there is none, narrowed if there is one and as long as it is the one that was seen. */
async function claim(known: Known, asking: Asking): Promise<void> {
	const {options, deadline, trace} = asking;
	const {seen} = known;
	if ('cluster' in seen) {
		return;
	}
	const before = seen.standing?.allowed;
	const xml = render(constraint(seen.scheme, seen.allowed.filter(({value}) => before?.includes(value) ?? true)));
	const command = seen.standing ? ['-R', '--xpath', exactly(seen.standing), '-X', xml] : ['-C', '-o', 'constraints', '-X', xml];
	try {
		if (options.dryRun) {
			trace.notes.push(`would run: cibadmin ${command.join(' ')}`);
		} else {
			await cibadmin(command, deadline, trace.run);
			known.claimed = true;
		}
		seen.constraint = 'mine';
		// What the peer answered before does not prove that it has the constraint.
		known.answers = 'unasked';
		known.mute.writes = undefined;
	} catch (error) {
		if (!(error instanceof CibError)) {
			throw error;
		}
		await setback(error, known, asking);
	}
}

/** A write that was not taken: somebody else was faster, or the cluster is not able to. */
async function setback(error: CibError, known: Known, asking: Asking): Promise<void> {
	const {options, trace} = asking;
	known.mute.writes ??= Date.now();
	if (error.fault === 'exists' || error.fault === 'old' || error.fault === 'nosuch') {
		passed(trace, 'again', error.message);
		await again(known, asking);
	} else if (error.fault === 'invalid' && !options.role && !('cluster' in known.seen)) {
		// The schema in force has only the other word for the role.
		options.role = known.seen.scheme.role === 'Master' ? 'Promoted' : 'Master';
		known.seen.scheme.role = options.role;
	} else {
		known.seen = error.fault === 'quorum' && !('cluster' in known.seen) ? {...known.seen, quorum: 'no'} : noScene(error);
	}
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
	if (claimed && local.version === 8 && !('cluster' in seen) && (await look(told, deadline, trace.run)).together) {
		// No resync will follow whose end would lift it.
		const {rsc, id} = constraint(seen.scheme, []).at;
		await cibadmin(['-D', '-X', render({tag: 'rsc_location', at: {rsc, id}, children: []})], deadline, trace.run).catch((error: unknown) => {
			trace.notes.push(`the constraint stays: ${error instanceof Error ? error.message : String(error)}`);
		});
		return {code: FENCE.NONE, why: 'the connection came back meanwhile, nobody is behind: the constraint was taken back'};
	}
	const rejected = !('cluster' in seen) && seen.constraint === 'foreign' && local.role === 'Primary' && local.disk !== 'unknown';
	if (rejected && options.suicide && !options.dryRun) {
		const {exit} = await trace.run(['crm_attribute', '-t', 'status', '-N', seen.me, '-n', 'terminate', '-v', 'true'], {timeout: 10_000}).catch(() => ({exit: 1}));
		trace.notes.push(exit === 0 ? 'the cluster was asked to fence this node' : 'the cluster could not be asked to fence this node');
	}
	return answer;
}
