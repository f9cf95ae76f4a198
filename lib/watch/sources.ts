import {basename, dirname} from 'node:path';
import {moduleLoaded} from '../drbd/look.ts';
import {exists, read} from '../host.ts';
import type {Live} from './live.ts';
import {folder, program, type Source} from './supervise.ts';

/** What agents, handlers and keepers leave, and is shown. */
const FILES = /^(alarm-|(leg|gluster)-.*\.(seen|json)$|guests-)/u;
const CIB = '/var/lib/pacemaker/cib';
/** libvirt's own records, of what runs and of what is defined: they cost no connection, which would keep its daemon awake. */
const GUESTS = ['/run/libvirt/qemu', '/etc/libvirt/qemu'];

/** Everything that is followed, and what each event wakes. */
export function sources(live: Live): Source[] {
	const {wake} = live;
	const counted = (name: string, then: () => void) => (): void => {
		live.came(name);
		then();
	};
	const folders: readonly (readonly [path: string, which: (file: string) => boolean, then: () => void])[] = [
		['/run/twinpool', file => FILES.test(file), wake.files],
		...GUESTS.map(path => [path, (file: string) => /\.(xml|pid)$/u.test(file), wake.guests] as const),
		// Only the configuration is on disk; the status is told by the log.
		[CIB, file => file === 'cib.xml', wake.cluster],
		[dirname(logFile()), file => file === basename(logFile()), wake.cluster],
	];
	return [
		program(
			{
				there() {
					const here = moduleLoaded();
					if (!here) {
						live.drbdGone();
					}
					return here;
				},
				begun: () => live.drbdBegins(),
			},
			['drbdsetup', 'events2', '--statistics'],
			line => {
				live.came('drbdsetup events2');
				live.drbdSays(line);
			},
		),
		program({there: () => exists('/sys/module/zfs')}, ['zpool', 'events', '-f'], counted('zpool events', wake.pools)),
		...folders.map(([path, which, then]) => folder(path, which, counted(path, then))),
	];
}

/** Where Pacemaker writes down all that it does (PCMK_logfile): every change of the CIB is a line there, whatever made it. */
export function logFile(): string {
	const given = ['/etc/default/pacemaker', '/etc/sysconfig/pacemaker']
		.map(path => /^\s*(?:export\s+)?PCMK_logfile=["']?(?<file>[^"'\s#]+)/mu.exec(read(path) ?? '')?.groups?.['file'])
		.find(file => file !== undefined);
	return given ?? '/var/log/pacemaker/pacemaker.log';
}
