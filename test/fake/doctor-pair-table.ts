// Faults of two hosts together: the check, how the second one is spoilt, what its record says instead, and what is seen.
import type {Record} from '../../lib/doctor/record.ts';
import type {DoctorHost} from './doctor-host.ts';

/** Two hosts, the second one with a fault against the first. */
export const PAIRS: readonly (readonly [
	check: string,
	spoil: (two: DoctorHost) => void,
	change: (record: Record) => Record,
	seen: RegExp,
])[] = [
	['shared host id', two => two.hostid(0x12_34_56_78), record => record, /^alpha and bravo have the same host id, 12345678$/u],
	[
		'different resources',
		two =>
			two.change(
				'/dump.xml',
				'<option name="protocol" value="C"/>',
				'<option name="protocol" value="C"/><option name="ping-int" value="3"/>',
			),
		record => record,
		/^DRBD's vmstore is not the same on alpha and bravo$/u,
	],
	[
		'different resources',
		two => two.change('/dump.xml', 'minor="0">/dev/drbd0', 'minor="0">/dev/drbd7'),
		record => record,
		/^DRBD's vmstore is not the same/u,
	],
	[
		'different corosync.conf',
		two => two.change('/etc/corosync/corosync.conf', 'token: 3000', 'token: 10000'),
		record => record,
		/^corosync\.conf is not the same on alpha and bravo$/u,
	],
	[
		'different versions of ZFS',
		two => two.put('/sys/module/zfs/version', '2.2.4-1\n'),
		record => record,
		/^ZFS is 2\.1\.11\S* on alpha and 2\.2\.4-1 on bravo$/u,
	],
	[
		'different versions of DRBD',
		() => undefined,
		record => ({...record, texts: {...record.texts, drbd: '8.4.11'}}),
		/^DRBD is 9\.2\.8 on alpha and 8\.4\.11 on bravo$/u,
	],
	[
		'different versions of twinpool',
		() => undefined,
		record => ({...record, twinpool: '9.9.9'}),
		/^twinpool is .* on alpha and 9\.9\.9 on bravo$/u,
	],
	[
		'clocks apart',
		() => undefined,
		record => ({...record, began: record.began - 60_000, ended: record.ended - 60_000}),
		/^the clock of bravo is at least (59|60) s behind that of alpha$/u,
	],
	[
		'clocks apart',
		() => undefined,
		record => ({...record, began: record.began + 60_000, ended: record.ended + 60_000}),
		/^the clock of bravo is at least (59|60) s ahead of that of alpha$/u,
	],
];
