/** A node as a whole: without power, frozen, and with another time of day. */
import {setTimeout} from 'node:timers/promises';
import {freeze, thaw} from '../links.ts';
import {sh} from '../ssh.ts';
import {kill} from '../vm.ts';
import {type Fault, inTime, lasts, type Role} from './scene.ts';

/** Milliseconds. */
const FROZEN = 60_000;
/** Seconds that a clock is wrong, and by how many. */
const WRONG = {lasts: 45, by: 3600};

export const power = (fenced: Role): Omit<Fault, 'name'> => ({fenced, inflict: scene => kill(scene[fenced])});

export const freezing = (fenced: Role): Omit<Fault, 'name'> => ({
	fenced,
	inflict: scene => freeze(scene[fenced]),
	async meanwhile(scene) {
		await setTimeout(scene.at + FROZEN - Date.now());
		// Whatever runs there now: nothing happens to one that was started anew.
		await thaw(scene[fenced]);
	},
});

/** An hour forward at once, and back again. */
export const clock = (role: Role): Omit<Fault, 'name'> => ({
	inflict: async scene => void (await sh(scene[role], `date --set=@$(($(date +%s) + ${WRONG.by}))`, 60)),
	decided: lasts(WRONG.lasts),
	mend: async scene => void (await inTime(scene[role], `date --set=@${Math.round(Date.now() / 1000)}`)),
});
