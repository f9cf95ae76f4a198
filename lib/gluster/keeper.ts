import {setTimeout as sleep} from 'node:timers/promises';
import {after, NONE, type Tries} from '../cluster/tries.ts';
import {leaveWord, mark, nothingSaid, type Said} from '../cluster/word.ts';
import {type Deadline, deadlineOf} from '../deadline.ts';
import {again, whyNot} from '../lifecycle.ts';
import {plan} from '../plan.ts';
import {saw} from '../transcript.ts';
import {letGo} from './bricks.ts';
import {prompt} from './cli.ts';
import {type Copy, copy} from './index.ts';
import {type Kept, roleOf} from './kept.ts';
import {lookAhead, refresh} from './lease.ts';
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
/** The longest pause between two tries of the same verb. */
const MOST: Readonly<Record<string, number>> = {declare: 1000, lower: 2000, raise: 1000, complete: 2000, revive: 10_000, halt: 1000};

const soon = (): Deadline => deadlineOf(PASS, performance.now());

/** Where nothing is under way: what it is, as one sentence. */
const SAYS: Record<Word, string> = {
	together: 'both copies have everything',
	healing: 'the other copy is being healed',
	exposed: 'writes do not need both copies yet',
	parted: 'the other copy is out of reach',
	declared: 'the other copy is out of reach',
	alone: 'this copy goes on alone',
	left: "this node's copy is behind: the other node has the say",
	stale: "this node's copy is behind, and the other one is out of reach",
	dead: 'the brick does not run',
	halted: "the brick does not run: this node's copy is behind, and clients here have not found the other one",
	idle: 'the volume is stopped',
	unguarded: 'a third vote decides',
};

/** Keep one volume until we are told to end. */
export async function keepVolume(kept: Kept): Promise<never> {
	const begun = performance.now();
	const file = runFile(kept.volume, 'seen');
	const said = nothingSaid();
	let tries = NONE;
	let word: Word | undefined;
	for (; ; await sleep(PAUSE)) {
		const lease = await refresh(kept, word === 'together' || word === 'unguarded' ? WELL : ILL, soon());
		const given: Copy = {kept, lease};
		const facts = await copy.observe(given, soon());
		saw('volume', facts, kept.volume);
		if (facts.guarded && kept.memory.misses === 1) {
			lookAhead(kept, soon());
		}
		const before = word;
		word = wordOf(facts);
		follow(kept, facts, word);
		await goOn(kept, word);
		if (facts.guarded && !kept.memory.lease) {
			leaveWord(file, said, word, 'the lease cannot be read: nothing is done', kept.log);
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
		leaveWord(file, said, word, pass.says ?? (tries.verb === '' ? SAYS[word] : said.sentence), kept.log);
		await tell(kept, said, facts);
	}
}

/** glusterd is held for as long as the brick may not run, and no longer. */
async function goOn({log}: Kept, word: Word): Promise<void> {
	const stays = word === 'stale' || word === 'halted' ? undefined : await letGo(soon());
	if (stays !== undefined) {
		log(stays);
	}
}

/** Since when things are as they are. */
function follow({memory}: Kept, {peer, role, quorum}: Facts, word: Word): void {
	if (quorum !== memory.quorum) {
		// A node that stops in good order has just let one copy be enough.
		memory.up = undefined;
		memory.quorum = quorum;
	}
	memory.up = peer && memory.misses === 0 ? (memory.up ?? performance.now()) : undefined;
	if (peer || role !== 'both') {
		memory.parted = undefined;
	}
	if (peer) {
		// Of the next loss it is asked anew: a glusterd that was there this time may be gone with its link then.
		memory.answers = undefined;
	}
	if (word === 'parted' || word === 'declared') {
		memory.prompt ??= prompt();
	} else {
		memory.prompt?.close();
		memory.prompt = undefined;
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
	const outcome = await copy.act(verb, given, facts, soon()).catch(again);
	if ('done' in outcome) {
		if (!next) {
			given.kept.memory.healerless = undefined;
		}
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
	if (memory.healerless !== undefined && memory.under?.verb === 'revive') {
		// Brought to its end: the daemon runs before its start has ended, and what ends then holds glusterd's lock no longer.
		return 'revive';
	}
	const gone = daemon() === undefined || (peer && volume && volume.replica > 1 && healer(volume) === undefined);
	if (!(gone && started && brick)) {
		memory.healerless = undefined;
		return undefined;
	}
	memory.healerless ??= performance.now();
	return performance.now() - memory.healerless > HEALER ? 'revive' : undefined;
}

/** For placement rules: the node whose copy is behind, until it is healed, or until it is back. Only the node that has the say knows. */
async function tell({heal, volume, note}: Kept, said: Said, {role, leads, peer}: Facts): Promise<void> {
	if (leads && (role === 'both' || role === 'ahead')) {
		await mark(volume, note.me, role === 'ahead' && (heal === 'gate' || !peer), said, soon);
	} else {
		said.behind = undefined;
	}
}
