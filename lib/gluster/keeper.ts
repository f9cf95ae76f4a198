import {setTimeout as sleep} from 'node:timers/promises';
import {tellBehind} from '../cluster/mark.ts';
import {leaveSeen} from '../cluster/seen.ts';
import {after, NONE, type Tries} from '../cluster/tries.ts';
import {type Deadline, deadlineOf} from '../deadline.ts';
import {type Outcome, whyNot} from '../lifecycle.ts';
import {plan} from '../plan.ts';
import {type Copy, copy} from './index.ts';
import {type Kept, roleOf} from './kept.ts';
import {refresh} from './lease.ts';
import {runFile} from './params.ts';
import {daemon, healer} from './process.ts';
import {type Facts, type Word, wordOf} from './states.ts';
import {volumeNamed} from './store.ts';
import {giveUp, WAITING} from './verbs.ts';

/** A look costs a few files of /proc and a TCP connection. Milliseconds, all of these. */
const PAUSE = 500;
/** One pass may take so long. */
const PASS = 60_000;
/** How old the lease may be: while all is well, and while it is not. */
const WELL = 10_000;
const ILL = 2000;
/** How long bricks may take to find each other after the keeper began. */
const GRACE = 10_000;
/** How long the self-heal daemon may be away before it is started again. */
const HEALER = 15_000;
/** What a node that came back has forgotten is told again. */
const RETELL = 30_000;
/** What could not be told is told again. */
const RETRY = 5000;
/** The longest pause between two tries of the same verb. */
const MOST: Readonly<Record<string, number>> = {declare: 1000, lower: 2000, raise: 1000, complete: 2000, revive: 10_000, halt: 1000};

const soon = (): Deadline => deadlineOf(PASS, performance.now());

/** What monitor takes for good. */
export const SAYS: Record<Word, string> = {
	together: 'both copies have everything',
	healing: 'the other copy is being healed',
	exposed: 'writes do not need both copies yet',
	parted: 'the other copy is out of reach',
	declared: 'the other copy is out of reach',
	alone: 'this copy goes on alone',
	left: "this node's copy is behind: the other node has the say",
	stale: "this node's copy is behind, and the other one is out of reach",
	dead: 'the brick does not run',
	halted: "the brick does not run: this node's copy is behind, and the other one is out of reach",
	idle: 'the volume is stopped',
	unguarded: 'a third vote decides',
};

interface Told {
	words: string;
	says: string;
	behind: boolean | undefined;
	at: number;
}

/** Keep one volume until we are told to end. */
export async function keepVolume(kept: Kept): Promise<never> {
	const begun = performance.now();
	const told: Told = {words: '', says: '', behind: undefined, at: Number.NEGATIVE_INFINITY};
	let tries = NONE;
	let word: Word | undefined;
	for (; ; await sleep(PAUSE)) {
		const lease = await refresh(kept, word === 'together' || word === 'unguarded' ? WELL : ILL, soon());
		const given: Copy = {kept, lease};
		const facts = await copy.observe(given, soon());
		const before = word;
		word = wordOf(facts);
		follow(kept, facts);
		if (facts.guarded && !kept.memory.lease) {
			leaveWord(kept, told, word, 'the lease cannot be read: nothing is done');
			continue;
		}
		if (kept.memory.there.length === 0 && facts.guarded && facts.started && performance.now() - begun < GRACE) {
			continue;
		}
		if (word !== before) {
			tries = NONE;
		}
		const pass = await step(given, facts, tries);
		({tries} = pass);
		leaveWord(kept, told, word, pass.says ?? (tries.verb === '' ? SAYS[word] : told.says));
		await mark(kept, told, facts);
	}
}

/** Since when things are as they are. */
function follow({memory}: Kept, {peer, role, quorum}: Facts): void {
	if (quorum !== memory.quorum) {
		// A node that stops in good order has just let one copy be enough.
		memory.up = undefined;
		memory.quorum = quorum;
	}
	memory.up = peer && memory.misses === 0 ? (memory.up ?? performance.now()) : undefined;
	if (peer || role !== 'both') {
		memory.parted = undefined;
	}
}

async function step(given: Copy, facts: Facts, tries: Tries): Promise<{tries: Tries; says: string | undefined}> {
	const {machine, value, context} = await copy.resolve(facts, given);
	const [next] = plan(machine, machine.resolveState({value, context}), copy.goals['keep'] ?? {reach: [], by: []}) ?? [];
	const verb = next?.type ?? healing(given.kept, facts);
	if (verb === undefined) {
		await giveUp(given.kept);
		return {tries: NONE, says: undefined};
	}
	if (verb === tries.verb && performance.now() < tries.next) {
		return {tries, says: undefined};
	}
	const outcome = await copy
		.act(verb, given, facts, soon())
		.catch((error: unknown): Outcome => ({again: error instanceof Error ? error.message : String(error)}));
	if ('done' in outcome) {
		const {lease} = given.kept.memory;
		const told = {...facts, role: roleOf(lease?.is, given.kept.note.me)};
		// Clients wait: what the cluster knows now needs no other look.
		return verb === 'declare' && wordOf(told) === 'declared'
			? step({...given, lease: lease?.is}, told, NONE)
			: {tries: NONE, says: next ? next.description : `the self-heal daemon of ${given.kept.volume} was gone: it was started again`};
	}
	const why = whyNot(outcome);
	return why === WAITING ? {tries, says: undefined} : {tries: after(tries, verb, outcome, MOST), says: why};
}

/** A glusterd or a self-heal daemon that stays away is started again: nothing is healed without it, and nobody notices. */
function healing({memory, volume: name}: Kept, {started, brick, peer}: Facts): 'revive' | undefined {
	const volume = volumeNamed(name);
	const gone = daemon() === undefined || (peer && volume && volume.replica > 1 && healer(volume) === undefined);
	if (!(gone && started && brick)) {
		memory.healerless = undefined;
		return undefined;
	}
	memory.healerless ??= performance.now();
	return performance.now() - memory.healerless > HEALER ? 'revive' : undefined;
}

function leaveWord({volume, log}: Kept, told: Told, word: Word, says: string): void {
	if (word === told.words && says === told.says) {
		return;
	}
	leaveSeen(runFile(volume, 'seen'), word, says);
	if (word !== told.words || says.replace(/[\d.]+/gu, '') !== told.says.replace(/[\d.]+/gu, '')) {
		log(`${word}: ${says}`);
	}
	Object.assign(told, {words: word, says});
}

/** For placement rules: the node whose copy is behind, until it is healed, or until it is back. */
async function mark(kept: Kept, told: Told, {role, leads, peer}: Facts): Promise<void> {
	if (!leads || (role !== 'both' && role !== 'ahead')) {
		told.behind = undefined;
		return;
	}
	const behind = role === 'ahead' && (kept.heal === 'gate' || !peer);
	const age = performance.now() - told.at;
	if (told.behind === undefined ? age > RETRY : behind !== told.behind || (behind && age > RETELL)) {
		told.behind = (await tellBehind(kept.volume, kept.note.me, !behind, soon())) ? behind : undefined;
		told.at = performance.now();
	}
}
