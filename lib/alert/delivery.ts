import {accessSync, constants, statSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import {at} from '../host.ts';
import {ToolError} from '../run.ts';

/** Done; or why not, and whether another try may help. */
export type Delivery = 'done' | {why: string; again: boolean};

const TRIES = 3;
/** The longest that one try may take, in milliseconds. */
const LONGEST = 10_000;

/** Try a few times, with pauses, as long as there is time. */
export async function persist(once: (timeout: number) => Promise<Delivery>, deadline: Deadline): Promise<Delivery> {
	let delivery: Delivery = {why: 'there was no time left', again: true};
	for (let tries = 1; tries <= TRIES; tries += 1) {
		const left = deadline.left();
		if (left < 100) {
			break;
		}
		// A first try that hangs leaves time for the others.
		delivery = await once(Math.ceil(Math.min(LONGEST, tries === TRIES ? left : left / 2)));
		if (delivery === 'done' || !delivery.again) {
			return delivery;
		}
		if (tries < TRIES) {
			await sleep(deadline.left() / 10);
		}
	}
	return delivery;
}

/** Why this file is no program that we may run, with what to do about it; nothing when it is. */
export function runnable(path: string, remedy: string): string | undefined {
	try {
		if (!statSync(at(path)).isFile()) {
			return `${path} is not a file: ${remedy}`;
		}
		accessSync(at(path), constants.X_OK);
		return undefined;
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		return code === 'ENOENT' || code === 'ENOTDIR'
			? `there is no ${path}: ${remedy}`
			: `${path} cannot be run by this user (hacluster under Pacemaker): chmod 755, also the folders above it`;
	}
}

/** A command that gave no answer, as a delivery. */
export function unanswered(error: unknown): Delivery {
	if (error instanceof ToolError) {
		return {why: error.message, again: error.fault !== 'missing' && error.fault !== 'denied'};
	}
	throw error;
}
