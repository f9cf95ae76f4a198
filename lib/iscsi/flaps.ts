import type {Outcome} from '../lifecycle.ts';
import type {Kept} from './kept.ts';

/** The longest pause between two tries of the same verb, in milliseconds. */
export const MOST: Readonly<Record<string, number>> = {login: 500, release: 1000, online: 10_000};

/** A leg that is lost so soon after its login, while its portal answers, is not lost by its link. */
const SOON = 60_000;
/** So many times in a row are no accident. */
const ENOUGH = 2;
/** And a resilver each time does the pool no good. */
const REST = 60_000;

/** What became of a verb, for `flapping`. */
export function remember({memory}: Kept, verb: string, outcome: Outcome): void {
	const now = performance.now();
	memory.flaps ??= {times: 0, login: Number.NEGATIVE_INFINITY, lost: 0};
	if (verb === 'login') {
		Object.assign(memory.flaps, 'done' in outcome ? {login: now} : {times: 0});
	} else if (verb === 'release' && 'done' in outcome) {
		Object.assign(memory.flaps, {times: now - memory.flaps.login < SOON ? memory.flaps.times + 1 : 0, lost: now});
	}
}

/** Why not to log in yet to a target that has thrown us out again and again. */
export function flapping({memory: {flaps}, where}: Kept): string | undefined {
	return flaps && flaps.times >= ENOUGH && performance.now() - flaps.lost < REST
		? `lost ${flaps.times} times right after its login, while ${where.portal.host} answers: its disk there gives no answer, or another host has the name in /etc/iscsi/initiatorname.iscsi; next try in a minute`
		: undefined;
}
