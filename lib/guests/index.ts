import type {Lifecycle} from '../lifecycle.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {act} from './act.ts';
import {type Facts, look} from './look.ts';
import {active, named, type Word} from './states.ts';
import type {Task} from './task.ts';

/** From the longest way to go to the shortest. */
const HINDMOST: Record<Task['way'], readonly Word[]> = {
	up: ['absent', 'shut off', 'crashed', 'no state', 'in shutdown', 'pmsuspended', 'paused', 'idle', 'running'],
	down: ['running', 'idle', 'no state', 'paused', 'pmsuspended', 'crashed', 'in shutdown', 'shut off', 'absent'],
};

/** A set of guests, driven through virsh as one: it is where the guest is that has the longest way to go. */
export const guests: Lifecycle<Task, Facts> = {
	goals: {
		start: {reach: ['Started'], by: ['define', 'start']},
		stop: {reach: ['Stopped'], by: ['shutdown', 'destroy']},
		fence: {reach: ['Stopped'], by: ['destroy']},
	},
	observe: look,
	async resolve({guests: seen}, {way, now}) {
		const {machine} = await import('./machine.ts');
		const [last] = HINDMOST[way].filter(word => seen.some(guest => guest.word === word));
		return {machine, value: last ?? (way === 'up' ? 'running' : 'absent'), context: {now: now()}};
	},
	act,
	refusal(goal, {guests: seen}) {
		const wrong = seen.filter(({word}) => (goal === 'start' ? word === 'crashed' || word === 'no state' : active(word)));
		const words = [...new Set(wrong.map(({word}) => word))].join(' or ');
		return new OcfError(OCF.ERR_GENERIC, `no way to ${goal}: ${named(wrong)} ${wrong.length === 1 ? 'is' : 'are'} ${words}: destroy first`);
	},
};
