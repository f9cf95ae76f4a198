/** A domain's states as `virsh domstate` prints them; the place in the list is libvirt's number. `absent`: libvirt knows no such domain. */
export const WORDS = ['no state', 'running', 'idle', 'paused', 'in shutdown', 'shut off', 'crashed', 'pmsuspended'] as const;
export type Word = (typeof WORDS)[number] | 'absent';

/** Only these two hold nothing: every other state, also one that this version does not know, has a process with open disks. */
export const active = (word: Word): boolean => word !== 'shut off' && word !== 'absent';

/** The word for libvirt's number. One that we do not know counts as active, and as nothing that anybody asked for. */
export const wordOf = (state: number): Word => WORDS[state] ?? 'no state';

/** Reasons of `shut off`, by libvirt's numbers: the guest ended itself or was asked to, moved, was saved. */
const MEANT = [1, 4, 5];
/** Reasons of `paused` after which a guest does not go on by itself: I/O error, watchdog, crash, failed post-copy, failed command. */
const SICK = [5, 6, 10, 13, 14];
/** Why a domain that is shut off says nothing: libvirtd was restarted since. */
export const FORGOTTEN = 0;

/** One guest, as one look shows it. */
export interface Guest {
	uuid: string;
	name: string;
	word: Word;
	/** libvirt's number for why. */
	reason: number;
}

/** Off because somebody wanted it so: no failure of the resource. */
export const meant = ({word, reason}: Pick<Guest, 'word' | 'reason'>): boolean => word === 'shut off' && MEANT.includes(reason);

/** In service: running, or held by its owner. */
export const well = ({word, reason}: Pick<Guest, 'word' | 'reason'>): boolean =>
	word === 'running' ||
	word === 'idle' ||
	word === 'in shutdown' ||
	word === 'pmsuspended' ||
	(word === 'paused' && !SICK.includes(reason));

/** Names for a sentence, as many as fit. */
export function named(guests: readonly {name: string}[], fit = 110): string {
	let text = '';
	for (const [count, {name}] of guests.entries()) {
		if (text && text.length + name.length > fit) {
			return `${text} and ${guests.length - count} more`;
		}
		text += `${text && ', '}${name}`;
	}
	return text;
}
