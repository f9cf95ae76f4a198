import * as z from 'zod/mini';
import {defineAgent} from '../lib/ocf/agent.ts';
import {choice, flag, type Param, text, whole} from '../lib/ocf/params.ts';
import {POOL} from '../lib/vdev/pool.ts';
import {perform} from '../lib/zpool/actions.ts';

const FORCE = {
	auto: 'auto',
	true: 'true',
	yes: 'true',
	y: 'true',
	on: 'true',
	1: 'true',
	false: 'false',
	no: 'false',
	n: 'false',
	off: 'false',
	0: 'false',
} as const;
type Force = (typeof FORCE)[keyof typeof FORCE];

/** heartbeat:ZFS has a boolean here: its words stay valid, `auto` is ours. */
const importforce: Param<Force> = {
	...choice(['auto', 'true', 'false'], {
		default: 'auto',
		short: 'Force the import',
		long: 'When to import with -f a pool that was not exported: "auto" only if its devices are exclusively writable here and its last owner is this host or is known to be fenced or shut down; "true" always, which leaves no guard against a second import; "false" never.',
	}),
	schema: z.pipe(
		z.string().check(z.regex(/^(auto|true|yes|y|on|1|false|no|n|off|0)$/iu, {error: 'expected one of auto, true, false'})),
		z.transform(word => FORCE[word.toLowerCase() as keyof typeof FORCE]),
	),
};

const devices: Param<string[]> = {
	...text({
		default: '',
		short: 'Devices of the pool',
		long: 'Paths of the devices or of folders with them, separated by blanks. When empty they are found by their labels: where the pool was last, then on every block device. A device that another layer claims, or on which the label says that the pool lives above it (DRBD, a zvol), is never taken.',
	}),
	schema: z.pipe(
		z.string().check(z.regex(/^\s*(\/[^\s\p{Cc}]*(\s+|$))*$/u, {error: 'expected absolute paths, separated by blanks'})),
		z.transform(line => line.split(/\s+/u).filter(Boolean)),
	),
};

/** `ocf:twinpool:zpool`: takes every parameter of ocf:heartbeat:ZFS, by the same name. */
export const agent = defineAgent({
	name: 'zpool',
	version: '1.0',
	short: 'Imports and exports a ZFS pool',
	long: `Imports a ZFS pool on start and exports it on stop.
It finds the pool's devices by their labels and imports from exactly those, never from a scan of /dev, and never with a cache file.
A pool of another host is taken by force only if that host is known to be down. Monitor reads the kernel's own state and runs no command, so a pool without devices cannot hang it; SUSPENDED, FAULTED and UNAVAIL are failures, never "not running".
A stop that finds the pool busy names who holds it. Datasets with a key in a file are unlocked; a prompt is reported.`,
	params: {
		pool: text({
			required: true,
			unique: true,
			pattern: POOL,
			says: 'the name of a ZFS pool',
			short: 'Pool name',
			long: 'The name of the ZFS pool to manage, e.g. "tank".',
		}),
		importargs: text({
			default: '',
			short: 'Arguments of the import',
			long: 'Options for "zpool import", separated by blanks, e.g. "-d /dev/drbd0" or "-N". Devices and folders after -d are looked at like the parameter "devices"; a cachefile is always "none".',
		}),
		importforce,
		devices,
		holders: choice(['report', 'term', 'kill'], {
			default: 'report',
			short: 'What to do with holders',
			long: 'What stop does with processes that hold the pool: "report" names them and tries until the timeout; "term" sends them SIGTERM; "kill" follows with SIGKILL. Mounts, swap, loop devices, device mapper and iSCSI backstores are named and left alone.',
		}),
		degraded: flag({
			default: 'false',
			short: 'Report a degraded pool',
			long: 'Let monitor report a DEGRADED pool as degraded (190), which Pacemaker shows and treats as running. Not with Pacemaker 2.1.5: there a monitor that answered so last can delay a move by two minutes. The kernel does not tell without a command that a pool resilvers while all of its devices are there.',
		}),
		zvol_wait: whole({
			default: '30',
			short: 'Seconds to wait for zvols',
			long: 'How long start waits for the nodes of zvols in /dev/zvol. Late ones are logged and do not fail the start. 0 does not wait.',
		}),
	},
	actions: {
		start: [{timeout: 60}],
		stop: [{timeout: 60}],
		monitor: [{timeout: 30, interval: 5}],
		'validate-all': [{timeout: 30}],
		'meta-data': [{timeout: 5}],
	},
	perform,
});
