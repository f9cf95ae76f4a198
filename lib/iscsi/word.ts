import {readCib} from '../cluster/cib.ts';
import type {Deadline} from '../deadline.ts';
import {type Argv, run} from '../run.ts';
import {isCurrent, type Kept} from './kept.ts';
import {leaveNote, leaveSeen} from './note.ts';
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
	leaveSeen(kept.pool, {session: facts?.session ?? '', vdev: facts?.vdev ?? '', says: sentence, since: new Date().toISOString()});
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
		said.behind = (await tellBehind(kept, soon())) ? behind : undefined;
		said.told = performance.now();
	}
}

/** For placement rules: the nodes whose half is behind, so that nothing is moved to where it cannot start. Gives whether all were told. */
async function tellBehind(kept: Kept, deadline: Deadline): Promise<boolean> {
	const {cib} = await readCib(deadline).then(
		read => ({cib: read}),
		() => ({cib: undefined}),
	);
	const {me} = kept.memory.note;
	const answers = await Promise.all(
		(cib?.nodes ?? []).map(({name, membership}) => {
			// What the other node said of this one, when it had the pool, is over: else the rule would drive the pool away from its holder.
			const value = name === me || isCurrent(kept) ? ['-D'] : ['-U', '1'];
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
