import type {Deadline} from '../deadline.ts';
import {tellBehind} from './mark.ts';
import {leaveSeen} from './seen.ts';

/** A node that came back has forgotten what it was told. */
const RETELL = 30_000;
/** What could not be told is told again. */
const RETRY = 5000;

/** What a resident program told, to whom it matters: the file that monitor reads, the log, the cluster's attributes. */
export interface Said {
	words: string;
	sentence: string;
	/** What the other nodes' attribute says; nothing while that is not known. */
	behind: boolean | undefined;
	/** When it was told. */
	told: number;
}

export const nothingSaid = (): Said => ({words: '', sentence: '', behind: undefined, told: Number.NEGATIVE_INFINITY});

/** For monitor and people, when it is something new: the log takes no other figures for that. Gives whether it was. */
export function leaveWord(file: string, said: Said, words: string, sentence: string, log: (sentence: string) => void): boolean {
	if (words === said.words && sentence === said.sentence) {
		return false;
	}
	leaveSeen(file, words, sentence);
	if (sentence.replace(/[\d.]+/gu, '') !== said.sentence.replace(/[\d.]+/gu, '')) {
		log(`${words}: ${sentence}`);
	}
	Object.assign(said, {words, sentence});
	return true;
}

/** For placement rules: whether the other nodes are behind, when they do not know it yet, or may have forgotten. */
export async function mark(name: string, me: string, behind: boolean, said: Said, soon: () => Deadline): Promise<void> {
	const age = performance.now() - said.told;
	const due = said.behind === undefined ? age > RETRY : behind !== said.behind || (behind && age > RETELL);
	if (due) {
		said.behind = (await tellBehind(name, me, !behind, soon())) ? behind : undefined;
		said.told = performance.now();
	}
}
