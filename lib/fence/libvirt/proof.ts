import {type Domain, domainOf, processOf} from './domain.ts';

/** What is said of a guest's power, and why. Only `off` is a proof. */
export interface Verdict {
	off: boolean;
	why: string;
}

/** What one look showed. */
export interface Evidence {
	/** As it was asked for. */
	plug: string;
	/** What libvirt says now. */
	now: Domain;
	uuid: string;
	/** Its threads as ps printed them on the hypervisor; nothing when there are none, or they cannot be seen. */
	threads: string | undefined;
}

export const spoken = ({state, reason}: Domain): string => `${state}${reason && ` (${reason})`}`;

/** How a process is that does not go. */
const stuck = (state: string): string => (state.startsWith('D') ? 'stuck in the kernel (state D)' : `there (state ${state})`);

/**
 * What says that this guest is off, or why not. libvirt 9.0 gives up on a qemu that is stuck in the kernel after 80 s and calls
 * it "shut off (destroyed)", so its word is believed only when the process cannot be seen any more either.
 */
export function verdict({plug, now, uuid, threads}: Evidence): Verdict {
	if (now.power === 'unknown' && now.reason === 'migrated') {
		return {off: false, why: `guest "${plug}" left this hypervisor by another hand (migrated): it may be running elsewhere`};
	}
	if (now.power !== 'off') {
		return {off: false, why: `guest "${plug}" is not off but ${spoken(now)}`};
	}
	if (threads !== undefined) {
		const {pid = '', state = 'unknown'} = processOf(threads, {uuid}) ?? {};
		return {off: false, why: `guest "${plug}" is shut off to libvirt, but its process ${pid} is still ${stuck(state)}`};
	}
	return {off: true, why: `${plug} is ${spoken(now)}`};
}

/** Why a destroy takes so long: nothing when the processes do not show it. */
export function delayed(plug: string, processes: string): string | undefined {
	const left = processOf(processes, {name: plug});
	return left && `guest "${plug}" is not off: its process ${left.pid} is still ${stuck(left.state)}`;
}

/** What was said of a guest from its first look to its last destroy. */
export interface Course {
	/** The hypervisor knew it. */
	seen: boolean;
	/** libvirt said that it destroyed it. */
	destroyed: boolean;
	uuid: string;
}

/** One more look. */
export const followed = (course: Course, said: Record<string, string>): Course => ({
	seen: course.seen || domainOf(said['before']) !== undefined,
	destroyed: course.destroyed || /\bdestroyed\b/u.test(said['destroy'] ?? ''),
	uuid: course.uuid || (said['uuid'] ?? ''),
});

/** A guest that is gone: a transient one is forgotten with its process, but one that went by itself may be on another hypervisor. */
export const gone = ({destroyed}: Course): Domain =>
	destroyed ? {state: 'gone', reason: 'destroyed', power: 'off'} : {state: 'gone', reason: 'migrated', power: 'unknown'};
