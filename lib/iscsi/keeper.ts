import {setTimeout as sleep} from 'node:timers/promises';
import {readCib} from '../cluster/cib.ts';
import {type Deadline, deadlineOf} from '../deadline.ts';
import type {Outcome} from '../lifecycle.ts';
import {plan, type Step} from '../plan.ts';
import {type Argv, run} from '../run.ts';
import {poolState} from '../vdev/pool.ts';
import {declareBehind, leaseNow, writeDown} from './behind.ts';
import {completed} from './completed.ts';
import {wake} from './daemon.ts';
import {leg, session} from './index.ts';
import {keeping} from './keeping.ts';
import {isCurrent, type Kept} from './kept.ts';
import {leaveNote, leaveSeen, WELL} from './note.ts';
import type {Facts} from './states.ts';
import {setTimers} from './timing.ts';
import {after, flapping, NONE, remember, type Tries} from './tries.ts';
import {watchHalves} from './watch.ts';

/** A look at the session costs a few files of /sys. Milliseconds, all of these. */
const PAUSE = 500;
/** Between two looks whether iscsid lives. */
const DAEMON = 10_000;
/** One pass may take so long. */
const PASS = 30_000;
/** A node that came back has forgotten what it was told. */
const RETELL = 30_000;

/** A pass begins now, not when this process did. */
const soon = (): Deadline => deadlineOf(PASS, performance.now());

/** What was told, to whom it matters: the file that monitor reads, the log, the cluster's attributes. */
interface Said {
	words: string;
	sentence: string;
	/** What the other nodes' attribute says; nothing while that is not known. */
	behind: boolean | undefined;
	/** When it was told. */
	told: number;
}

/** Keep one leg in its mirror until we are told to end: looks, one step at a time, and what the cluster has to know. */
export async function keepLeg(kept: Kept): Promise<never> {
	const given = keeping(kept);
	kept.memory.lease = await leaseNow(kept, soon());
	const said: Said = {words: '', sentence: '', behind: undefined, told: Number.NEGATIVE_INFINITY};
	let tries = NONE;
	for (let woken = Number.NEGATIVE_INFINITY; ; await sleep(PAUSE)) {
		if (performance.now() > woken + DAEMON) {
			woken = performance.now();
			void wake().then(
				done => done && kept.log(done),
				(error: unknown) => kept.log(String(error)),
			);
		}
		const pass = await tend(kept, given, tries).catch((error: unknown) => ({
			facts: undefined,
			tries,
			says: error instanceof Error ? error.message : String(error),
		}));
		({tries} = pass);
		leaveWord(kept, said, pass.facts, pass.says ?? (await following(kept, tries, said.sentence)));
		await mark(kept, said);
		await writeDown(kept, soon());
	}
}

/** For monitor and people, when it is something new. */
function leaveWord(kept: Kept, said: Said, facts: Facts | undefined, sentence: string): void {
	const words = facts ? `${facts.session} ${facts.vdev}` : said.words;
	if (words === said.words && sentence === said.sentence) {
		return;
	}
	leaveSeen(kept.pool, {session: facts?.session ?? '', vdev: facts?.vdev ?? '', says: sentence, since: new Date().toISOString()});
	leaveNote(kept.pool, kept.memory.note);
	if (sentence.replace(/[\d.]+/gu, '') !== said.sentence.replace(/[\d.]+/gu, '')) {
		kept.log(`${words}: ${sentence}`);
	}
	Object.assign(said, {words, sentence});
}

/** For placement rules. */
async function mark(kept: Kept, said: Said): Promise<void> {
	const behind = !isCurrent(kept);
	const old = behind || said.behind === undefined ? performance.now() - said.told > RETELL : false;
	if (kept.wait && ((behind !== said.behind && said.behind !== undefined) || old)) {
		said.behind = (await tellBehind(kept)) ? behind : undefined;
		said.told = performance.now();
	}
}

/** Nothing to do: waiting for the next try, following a resilver, or all well. */
async function following(kept: Kept, {verb}: Tries, before: string): Promise<string> {
	if (verb !== '') {
		return before;
	}
	return (isCurrent(kept) || !kept.memory.imported ? undefined : await completed(kept, soon()).catch(String)) ?? WELL;
}

/** One look and at most one verb. */
async function tend(
	kept: Kept,
	given: ReturnType<typeof keeping>,
	tries: Tries,
): Promise<{facts: Facts; tries: Tries; says: string | undefined}> {
	const deadline = soon();
	const facts = await leg.observe(given, deadline);
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
		return {facts, tries: after(tries, step.type, {again: nervous, later: true}), says: nervous};
	}
	const outcome = await leg
		.act(step.type, given, facts, deadline)
		.catch((error: unknown): Outcome => ({again: error instanceof Error ? error.message : String(error)}));
	remember(kept, step.type, outcome);
	if ('done' in outcome) {
		return {facts, tries: NONE, says: step.description};
	}
	return {facts, tries: after(tries, step.type, outcome), says: 'again' in outcome ? outcome.again : outcome.refused.message};
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
	return 'done' in said ? undefined : `the leg went without a word; ${'again' in said ? said.again : said.refused.message}`;
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

/** For placement rules: the nodes whose half is behind, so that nothing is moved to where it cannot start. Gives whether all were told. */
async function tellBehind(kept: Kept): Promise<boolean> {
	const {cib} = await readCib(soon()).then(
		read => ({cib: read}),
		() => ({cib: undefined}),
	);
	const others = cib?.nodes.filter(({name}) => name !== kept.memory.note.me) ?? [];
	const answers = await Promise.all(
		others.map(({name, membership}) => {
			const value = isCurrent(kept) ? ['-D'] : ['-U', '1'];
			const args: Argv = ['attrd_updater', '-N', name, '-n', `twinpool-behind-${kept.pool}`, ...value];
			return membership === 'member'
				? run(args, {timeout: 5000}).then(
						({exit}) => exit === 0,
						() => false,
					)
				: false;
		}),
	);
	return cib !== undefined && answers.every(Boolean);
}
