import {began, list, read, statOf} from '../host.ts';

/** A process, and when it began: a number may be somebody else's by the time of a signal. */
export interface Process {
	pid: number;
	began: string;
}

const RUN = '/run/libvirt/qemu';
const EMULATOR = /^(qemu|kvm)/u;
const ENDED = /^[ZX]$/u;

const stat = (path: string): string[] => statOf(read(`/proc/${path}/stat`));

/** Can this URI's processes be seen from here? */
export const isLocal = (uri: string): boolean => /^(qemu|kvm)(\+unix)?:\/\/\/(system|session|embed)\b/u.test(uri);

/**
 * The processes of these guests: by the UUID on an emulator's command line, and by libvirt's pid file, since one that is
 * ending in the kernel has no command line any more. A command line is only read of an emulator: reading it can block.
 */
export function processesOf(guests: readonly {uuid: string; name: string}[]): Map<string, Process[]> {
	const found = new Map<string, Process[]>(guests.map(({uuid}) => [uuid, []]));
	for (const pid of list('/proc').filter(name => /^\d+$/u.test(name))) {
		if (EMULATOR.test(read(`/proc/${pid}/comm`) ?? '')) {
			const argv = (read(`/proc/${pid}/cmdline`) ?? '').split('\0');
			found.get(argv[argv.indexOf('-uuid') + 1] ?? '')?.push({pid: Number(pid), began: began(pid)});
		}
	}
	for (const {uuid, name} of guests) {
		const pid = Number(read(`${RUN}/${name}.pid`) ?? 0);
		const own = found.get(uuid);
		const argv = pid > 0 ? read(`/proc/${pid}/cmdline`) : undefined;
		if (own && argv !== undefined && (argv === '' || argv.includes(uuid)) && !own.some(one => one.pid === pid)) {
			own.push({pid, began: began(pid)});
		}
	}
	return found;
}

/**
 * Is the process still there? A zombie holds nothing, unless one of its threads is still ending in the kernel.
 */
export function alive({pid, began: then}: Process): boolean {
	const fields = stat(`${pid}`);
	if (fields[19] !== then) {
		return false;
	}
	return list(`/proc/${pid}/task`).some(task => !ENDED.test(stat(`${pid}/task/${task}`)[0] || 'X')) || !ENDED.test(fields[0] ?? '');
}

/** Stuck in the kernel: no signal reaches it. */
export const stuck = ({pid}: Process): boolean => list(`/proc/${pid}/task`).some(task => stat(`${pid}/task/${task}`)[0] === 'D');

/** Pull the plug of what is still the same process. */
export function pull(target: Process): void {
	if (target.pid > 1 && alive(target)) {
		try {
			process.kill(target.pid, 'SIGKILL');
		} catch {
			// Ended meanwhile.
		}
	}
}

/** libvirt's own record of what it runs, one document a guest: what can be read when libvirt does not answer. */
export function records(): string[] {
	return list(RUN)
		.filter(name => name.endsWith('.xml'))
		.flatMap(name => read(`${RUN}/${name}`) ?? []);
}
