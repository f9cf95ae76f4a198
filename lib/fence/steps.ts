import {CibError, cibadmin} from '../cluster/cib.ts';
import {constraint, exactly, newMark} from '../cluster/constraint.ts';
import {type Element, render} from '../cluster/xml.ts';
import {type Local, look} from './local.ts';
import {type Asking, type NoScene, noScene, patience, type Scene, scene} from './scene.ts';
import {passed} from './trace.ts';
import type {Situation} from './verdict.ts';

/** How often the cluster is looked at while something is awaited. */
const PAUSE = 500;
/** One question to the peer's controller; a healthy one answers in milliseconds, and for a dead one crmadmin waits minutes. */
const QUESTION = 5000;
/** What was seen so long ago, by a process that was frozen meanwhile, is not acted upon: this node may have been demoted since, and the other one promoted. A busy node needs some seconds for a look and a question. Milliseconds. */
const STALE = 30_000;
export const stale = ({at}: Known): boolean => performance.now() - at > STALE;
export const pause = (ms: number): Promise<void> => new Promise(resolve => void setTimeout(resolve, ms));

/** What is known at one moment of a run. */
export interface Known {
	/** When this was seen. */
	at: number;
	local: Local;
	seen: Scene | NoScene;
	answers: Situation['answers'];
	/** Since when the cluster takes no reads, or no writes: it may be electing its controller. */
	mute: {reads: number | undefined; writes: number | undefined};
	/** Its last refusal. */
	trouble: string;
	/** The constraint that this run placed, where none stood before. */
	claimed: Element | undefined;
}

/** The first look: DRBD and the cluster in the same moment. */
export async function observe(asking: Asking): Promise<Known> {
	const {told, deadline, trace} = asking;
	const at = performance.now();
	const [local, seen] = await Promise.all([look(told, deadline, trace.run), scene(asking)]);
	const known: Known = {at, local, seen, answers: 'unasked', mute: {reads: undefined, writes: undefined}, trouble: '', claimed: undefined};
	heard(known);
	return known;
}

function heard(known: Known): void {
	const {seen, mute} = known;
	if ('cluster' in seen) {
		mute.reads ??= Date.now();
		known.trouble = seen.why;
	} else {
		mute.reads = undefined;
		if (seen.constraint === 'mine') {
			mute.writes = undefined;
		}
	}
}

/** Wait a little, then look at everything anew. */
export async function again(known: Known, asking: Asking): Promise<void> {
	await pause(Math.min(PAUSE, asking.deadline.left()));
	await refresh(known, asking);
	known.answers = 'unasked';
}

async function refresh(known: Known, asking: Asking): Promise<void> {
	const {told, deadline, trace} = asking;
	known.at = performance.now();
	[known.local, known.seen] = await Promise.all([look(told, deadline, trace.run), scene(asking)]);
	heard(known);
}

/**
 * Ask the peer's controller for a sign of life, and watch the cluster meanwhile: a peer that is being fenced never answers.
 * Membership alone is no sign: corosync takes seconds to notice what DRBD saw at once. The answer also comes after the constraint in
 * the cluster's total order of messages, so a member that answers after it was written has it, and cannot be promoted even if it
 * fences this node a moment later.
 */
export async function ask(known: Known, asking: Asking): Promise<void> {
	const {deadline, options, trace} = asking;
	if ('cluster' in known.seen) {
		return;
	}
	const question = trace.run(['crmadmin', '-S', known.seen.peerName], {timeout: Math.max(1, Math.min(QUESTION, deadline.left()))}).then(
		({exit, stdout, stderr}) => (exit === 0 && /\bS_[A-Z_]+\b/u.test(stdout + stderr) ? 'yes' : 'no'),
		() => 'no' as const,
	);
	for (;;) {
		const answer = await Promise.race([question, pause(PAUSE)]);
		if (answer) {
			known.answers = answer;
			if (answer === 'yes' && known.seen.constraint === 'mine' && !options.dryRun) {
				// It answers as well while the two are only becoming one cluster again, and has not got the constraint then.
				await refresh(known, asking);
				if ('constraint' in known.seen && known.seen.constraint !== 'mine') {
					await pause(PAUSE);
				}
			}
			return;
		}
		await refresh(known, asking);
		if ('cluster' in known.seen || !/^(member|joining)$/u.test(known.seen.peer)) {
			return;
		}
	}
}

/** Write the constraint: created if there is none, narrowed or marked anew if there is one and as long as it is the one that was seen. */
export async function claim(known: Known, asking: Asking): Promise<void> {
	const {options, trace} = asking;
	const {seen} = known;
	if ('cluster' in seen) {
		return;
	}
	const before = seen.standing?.allowed;
	asking.mark ??= newMark();
	const element = constraint(
		{...seen.scheme, mark: asking.mark},
		seen.allowed.filter(({value}) => before?.includes(value) ?? true),
	);
	const xml = render(element);
	const command = seen.standing ? ['-R', '--xpath', exactly(seen.standing.element), '-X', xml] : ['-C', '-o', 'constraints', '-X', xml];
	try {
		if (options.dryRun) {
			trace.notes.push(`would run: cibadmin ${command.join(' ')}`);
		} else {
			await cibadmin(command, patience(asking), trace.run);
			known.claimed = seen.standing ? known.claimed : element;
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
	known.trouble = error.message;
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
