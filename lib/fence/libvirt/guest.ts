import {type Deadline, deadlineOf} from '../../deadline.ts';
import {StonithError} from '../codes.ts';
import {guestsOf} from './domain.ts';
import {ask, type Link} from './link.ts';
import {domain, type Step} from './script.ts';

/** The guest that this is about. */
export interface Guest {
	link: Link;
	/** As it was asked for. */
	plug: string;
	/** What virsh takes for this guest and no other. */
	target: string;
}

/**
 * virsh takes a number for the ID of a running guest first, whatever is named so, and 36 characters for a UUID.
 * A blank or a plus before the number makes no difference to it.
 */
const AMBIGUOUS = /^\s*[+-]?\d+$|^[0-9a-f\s-]{36}$/iu;

export const isUuid = (target: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u.test(target);

/** Seconds to milliseconds; 0 is no limit, which is an hour. */
export const milliseconds = (seconds: number): number => (seconds === 0 ? 3_600_000 : seconds * 1000);
export const deadline = (seconds: number): Deadline => deadlineOf(Number.POSITIVE_INFINITY).within(milliseconds(seconds));
export const pause = (time: number): Promise<void> => new Promise(resolve => void setTimeout(resolve, time));

export const LIST: Step = ['list', 'list --all --uuid --name'];
export const state = (mark: string, target: string): Step => [mark, domain('domstate --reason', target)];

/** The guest by its exact name, else by its UUID; nothing when the hypervisor has neither. @throws {StonithError} when it has both */
export async function guest(link: Link, plug: string, timeout: number): Promise<Guest | undefined> {
	if (/[\p{Cc}/]/u.test(plug)) {
		throw new StonithError('options', 'parameter plug: expected the name or UUID of a guest');
	}
	if (!AMBIGUOUS.test(plug)) {
		return {link, plug, target: plug};
	}
	const all = await guests(link, timeout);
	const named = all.find(({name}) => name === plug);
	const numbered = all.find(({uuid}) => uuid === plug.toLowerCase());
	if (named && numbered && named !== numbered) {
		throw new StonithError('options', `parameter plug: "${plug}" is the name of one guest and the UUID of another`);
	}
	const found = named ?? numbered;
	return found && {link, plug, target: found.uuid};
}

export const guests = async (link: Link, timeout: number): Promise<{uuid: string; name: string}[]> =>
	guestsOf((await ask(link, [LIST], timeout)).said['list'] ?? '');

/**
 * Whether the hypervisor, asked for all of its guests, does not have this one. That virsh found no such domain proves nothing:
 * it says the same when it lost its connection.
 */
export async function absent({link, target}: Guest, timeout: number): Promise<boolean> {
	const all = await guests(link, timeout);
	return !all.some(({name, uuid}) => name === target || uuid === target);
}

export const wrongName = ({where}: Link, plug: string): StonithError =>
	new StonithError('missing', `hypervisor ${where.name} has no guest with the name or UUID "${plug}"`);
