import {rmSync} from 'node:fs';
import {at, keep, read} from '../host.ts';

/** What the next monitors are to answer while nothing changes: lib/launch.sh gives it, without starting node. */
export interface Answer {
	code: number;
	/** The sentence behind ocf-exit-reason, where there is one. */
	reason: string | undefined;
	resource: string;
	/** Where the kernel shows it: in the file /proc/drbd among others, or to `drbdsetup events2 --now RESOURCE`, all of it. */
	source: 'proc' | 'events2';
	/** What it shows: whole lines, in their order there. */
	lines: readonly string[];
	/** Seconds that it is good for. */
	seconds: number;
}

const FOLDER = '/run/twinpool';
/** Whether the launcher takes it for a part of a file's name. */
export const plain = (name: string): boolean => /^[\w:-][\w.:-]*$/u.test(name);
const fileOf = (instance: string): string | undefined => (plain(instance) ? `${FOLDER}/answer-${instance}` : undefined);

/** Seconds since boot: the one clock that a shell can read without a program. */
export const uptime = (): number => Number.parseFloat(read('/proc/uptime') ?? '');

/** Let an answer stand, as long as the daemon that was told what follows from it lives (`pid.starttime`). */
export function leave(instance: string, {code, reason = '', resource, source, lines, seconds}: Answer, daemon: string | undefined): void {
	const path = fileOf(instance);
	const until = Math.floor(uptime() + seconds);
	const texts = [reason, resource, ...lines];
	if (path === undefined || Number.isNaN(until) || lines.length === 0 || texts.some(text => /\n/u.test(text)) || /\s/u.test(resource)) {
		withdraw(instance);
		return;
	}
	const [pid = '0', born = '0'] = daemon?.split('.') ?? [];
	// Without it the next monitor looks for itself.
	keep(path, `${until} ${code} ${pid} ${born} ${source} ${resource}\n${reason}\n${lines.join('\n')}\n`);
}

export function withdraw(instance: string): void {
	const path = fileOf(instance);
	if (path !== undefined) {
		rmSync(at(path), {force: true});
	}
}
