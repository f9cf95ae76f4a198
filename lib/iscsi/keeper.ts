import {setTimeout as sleep} from 'node:timers/promises';
import {after, NONE, type Tries} from '../cluster/tries.ts';
import {leaveWord, mark, nothingSaid} from '../cluster/word.ts';
import {type Deadline, deadlineOf} from '../deadline.ts';
import {again, whyNot} from '../lifecycle.ts';
import {plan, type Step} from '../plan.ts';
import {saw} from '../transcript.ts';
import {poolState} from '../vdev/pool.ts';
import {declareBehind, leaseNow, writeDown} from './behind.ts';
import {completed} from './completed.ts';
import {wake} from './daemon.ts';
import {flapping, MOST, remember} from './flaps.ts';
import {leg, session} from './index.ts';
import {keeping} from './keeping.ts';
import {isCurrent, type Kept} from './kept.ts';
import {leaveNote, WELL} from './note.ts';
import {runFile} from './params.ts';
import type {Facts} from './states.ts';
import {setTimers} from './timing.ts';
import {watchHalves} from './watch.ts';

/** A look at the session costs a few files of /sys. Milliseconds, all of these. */
const PAUSE = 500;
/** Between two looks whether iscsid lives. */
const DAEMON = 10_000;
/** How old `zpool status` may be when a pass begins, and when the leg is called complete by it. */
const FRESH = 1000;
/** One pass may take so long. */
const PASS = 30_000;

/** A pass begins now, not when this process did. */
const soon = (): Deadline => deadlineOf(PASS, performance.now());

/** Keep one leg in its mirror until we are told to end: looks, one step at a time, and what the cluster has to know. */
export async function keepLeg(kept: Kept): Promise<never> {
	const given = keeping(kept);
	kept.memory.lease = await leaseNow(kept, soon());
	const said = nothingSaid();
	let tries = NONE;
	let did: string | undefined;
	for (let woken = Number.NEGATIVE_INFINITY; ; ) {
		if (performance.now() > woken + DAEMON) {
			woken = performance.now();
			void wake().then(
				done => done && kept.log(done),
				(error: unknown) => kept.log(String(error)),
			);
		}
		const pass: Pass = await tend(kept, given, tries).catch((error: unknown) => ({
			facts: undefined,
			tries,
			says: error instanceof Error ? error.message : String(error),
		}));
		({tries} = pass);
		const words = pass.facts ? `${pass.facts.session} ${pass.facts.vdev}` : said.words;
		const {note} = kept.memory;
		const sentence = pass.says ?? (await following(kept, tries, said.sentence));
		if (leaveWord(runFile(kept.pool, 'seen'), said, words, sentence, kept.log)) {
			leaveNote(kept.pool, note);
		}
		if (kept.wait) {
			await mark(kept.pool, note.me, !isCurrent(kept), said, soon);
		}
		await writeDown(kept, soon());
		// After a step that worked the next one, unless it turns out to be the same.
		if (pass.did === undefined || pass.did === did) {
			await sleep(PAUSE);
		}
		({did} = pass);
	}
}

/** Nothing to do: waiting for the next try, following a resilver, or all well. */
async function following(kept: Kept, {verb}: Tries, before: string): Promise<string> {
	if (verb !== '') {
		return before;
	}
	forgetOld(kept);
	return (isCurrent(kept) || !kept.memory.imported ? undefined : await completed(kept, soon()).catch(String)) ?? WELL;
}

function forgetOld({memory}: Kept): void {
	if (memory.status && performance.now() > memory.status.at + FRESH) {
		memory.status = undefined;
	}
}

interface Pass {
	facts: Facts | undefined;
	tries: Tries;
	/** The verb that worked. */
	did?: string;
	says: string | undefined;
}

/** One look and at most one verb. */
async function tend(kept: Kept, given: ReturnType<typeof keeping>, tries: Tries): Promise<Pass> {
	const deadline = soon();
	forgetOld(kept);
	const facts = await leg.observe(given, deadline);
	saw('leg', facts, kept.pool);
	const gone = await goneWithoutAWord(kept, facts, deadline);
	if (gone !== undefined) {
		return {facts, tries: NONE, says: gone};
	}
	const ill = await watched(kept, facts, deadline);
	if (ill !== undefined) {
		return {facts, tries: NONE, says: ill};
	}
	const step = await next(facts, given);
	const here = session(given);
	if (here?.state === 'LOGGED_IN') {
		setTimers(here, kept.timers);
	}
	if (!step) {
		return {facts, tries: NONE, says: undefined};
	}
	if (step.type === tries.verb && performance.now() < tries.next) {
		return {facts, tries, says: undefined};
	}
	const nervous = step.type === 'login' ? flapping(kept) : undefined;
	if (nervous !== undefined) {
		return {facts, tries: after(tries, step.type, {again: nervous, later: true}, MOST), says: nervous};
	}
	const outcome = await leg.act(step.type, given, facts, deadline).catch(again);
	remember(kept, step.type, outcome);
	if ('done' in outcome) {
		return {facts, tries: NONE, did: step.type, says: step.description};
	}
	return {facts, tries: after(tries, step.type, outcome, MOST), says: whyNot(outcome)};
}

/**
 * A leg that was logged out by hand, or whose unit its target took away: its writes failed at once, nothing was held. The cluster
 * learns it now, before anything else. Gives why that cannot be told.
 */
async function goneWithoutAWord(kept: Kept, {session: is, vdev}: Facts, deadline: Deadline): Promise<string | undefined> {
	const gone = is === 'none' || (is === 'LOGGED_IN' && /^(REMOVED|UNAVAIL|FAULTED|OFFLINE)$/u.test(vdev));
	if (!(gone && vdev !== 'absent' && isCurrent(kept))) {
		return undefined;
	}
	const said = await declareBehind(kept, deadline);
	const why = whyNot(said);
	return why && `the leg went without a word; ${why}`;
}

const watched = (kept: Kept, {vdev}: Facts, deadline: Deadline): Promise<string | undefined> => {
	const state = poolState(kept.pool);
	return vdev === 'absent' || state === undefined ? Promise.resolve(undefined) : watchHalves(kept, session(keeping(kept)), state, deadline);
};

const known = new Map<string, Step | undefined>();

/** The first step from here; from where we have been before it is the same. */
async function next(facts: Facts, given: ReturnType<typeof keeping>): Promise<Step | undefined> {
	const words = `${facts.session} ${facts.vdev}`;
	if (!known.has(words)) {
		const {machine, value, context} = await leg.resolve(facts, given);
		known.set(
			words,
			plan(
				machine,
				machine.resolveState({value, context}),
				leg.goals[facts.vdev === 'absent' ? 'wait' : 'keep'] ?? {reach: [], by: []},
			)?.[0],
		);
	}
	return known.get(words);
}
