import {tellBehind} from '../cluster/mark.ts';
import {leaveSeen} from '../cluster/seen.ts';
import type {Deadline} from '../deadline.ts';
import {isCurrent, type Kept} from './kept.ts';
import {leaveNote} from './note.ts';
import {runFile} from './params.ts';
import type {Facts} from './states.ts';

/** A node that came back has forgotten what it was told. */
const RETELL = 30_000;
/** What could not be told is told again. */
const RETRY = 5000;

/** What was told, to whom it matters: the file that monitor reads, the log, the cluster's attributes. */
export interface Said {
	words: string;
	sentence: string;
	/** What the other nodes' attribute says; nothing while that is not known. */
	behind: boolean | undefined;
	/** When it was told. */
	told: number;
}

export const nothingSaid = (): Said => ({words: '', sentence: '', behind: undefined, told: Number.NEGATIVE_INFINITY});

/** For monitor and people, when it is something new. */
export function leaveWord(kept: Kept, said: Said, facts: Facts | undefined, sentence: string): void {
	const words = facts ? `${facts.session} ${facts.vdev}` : said.words;
	if (words === said.words && sentence === said.sentence) {
		return;
	}
	leaveSeen(runFile(kept.pool, 'seen'), words, sentence);
	leaveNote(kept.pool, kept.memory.note);
	if (sentence.replace(/[\d.]+/gu, '') !== said.sentence.replace(/[\d.]+/gu, '')) {
		kept.log(`${words}: ${sentence}`);
	}
	Object.assign(said, {words, sentence});
}

/** For placement rules. */
export async function mark(kept: Kept, said: Said, soon: () => Deadline): Promise<void> {
	const behind = !isCurrent(kept);
	const age = performance.now() - said.told;
	const due = said.behind === undefined ? age > RETRY : behind !== said.behind || (behind && age > RETELL);
	if (kept.wait && due) {
		said.behind = (await tellBehind(kept.pool, kept.memory.note.me, isCurrent(kept), soon())) ? behind : undefined;
		said.told = performance.now();
	}
}
