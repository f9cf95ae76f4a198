import {type Element, render} from '../cluster/xml.ts';
import {nine} from './drbd.ts';
import {type PairCheck, when} from './finding.ts';

/** Less than this is no matter, in milliseconds. */
const SKEW = 2000;

const short = (version: string | undefined): string | undefined => /^\d+\.\d+/u.exec(version ?? '')?.[0];

/** A resource as text that is the same where it means the same: where it stands does not count. */
const plain = (element: Element): string => render({...element, at: {...element.at, 'conf-file-line': undefined}});
/** `render` leaves texts out: devices, disks and addresses are texts. */
const words = ({text = '', children}: Element): string => [text.trim(), ...children.map(words)].join(' ');

export const PAIR: readonly PairCheck[] = [
	{
		name: 'shared host id',
		severity: 'loss',
		of: 'pair',
		look: ({record: one}, {record: two}) =>
			when(
				one.hostid !== 0 && one.hostid === two.hostid,
				`${one.name} and ${two.name} have the same host id, ${one.hostid.toString(16)}`,
				'ZFS takes a pool of the other one for its own, and imports it without a question',
				`zgenhostid -f on ${two.name}, while it has no pool`,
			),
	},
	{
		name: 'different resources',
		severity: 'stuck',
		of: 'pair',
		look: (one, two) =>
			(one.drbd ?? []).flatMap(resource => {
				const other = two.drbd?.find(({name}) => name === resource.name);
				return when(
					two.drbd !== undefined &&
						(other === undefined || plain(other.element) + words(other.element) !== plain(resource.element) + words(resource.element)),
					other
						? `DRBD's ${resource.name} is not the same on ${one.record.name} and ${two.record.name}`
						: `${two.record.name} has no DRBD resource ${resource.name}`,
					'after a failover it behaves as the other file says, or does not come up',
					`diff <(drbdadm dump ${resource.name}) <(ssh ${two.record.name} drbdadm dump ${resource.name}); then drbdadm adjust ${resource.name}`,
				);
			}),
	},
	{
		name: 'different corosync.conf',
		severity: 'stuck',
		of: 'pair',
		look({record: one}, {record: two}) {
			const bare = (text: string | undefined): string =>
				(text ?? '')
					.replaceAll(/^\s*#.*$/gmu, '')
					.replaceAll(/\s+/gu, ' ')
					.trim();
			return when(
				one.texts.corosync !== undefined && two.texts.corosync !== undefined && bare(one.texts.corosync) !== bare(two.texts.corosync),
				`corosync.conf is not the same on ${one.name} and ${two.name}`,
				'quorum and timeouts are judged differently on each side: votequorum asks for the same everywhere',
				'copy the right one to the other host; corosync-cfgtool -R',
			);
		},
	},
	{
		name: 'different versions of ZFS',
		severity: 'stuck',
		of: 'pair',
		look: ({record: one}, {record: two}) =>
			when(
				one.texts.zfs !== undefined && two.texts.zfs !== undefined && short(one.texts.zfs) !== short(two.texts.zfs),
				`ZFS is ${one.texts.zfs?.trim()} on ${one.name} and ${two.texts.zfs?.trim()} on ${two.name}`,
				'a feature that one of them enables ("zpool upgrade") keeps the other one from importing the pool',
				'the same version on both; until then no zpool upgrade',
			),
	},
	{
		name: 'different versions of DRBD',
		severity: 'stuck',
		of: 'pair',
		look: (one, two) =>
			when(
				one.module !== undefined && two.module !== undefined && nine(one) !== nine(two),
				`DRBD is ${one.module} on ${one.record.name} and ${two.module} on ${two.record.name}`,
				'their handlers, options and metadata are different: what was set up for the one does not work for the other',
				'the same version on both',
			),
	},
	{
		name: 'different versions of twinpool',
		severity: 'stuck',
		of: 'pair',
		look: ({record: one}, {record: two}) =>
			when(
				one.twinpool !== two.twinpool,
				`twinpool is ${one.twinpool} on ${one.name} and ${two.twinpool} on ${two.name}`,
				'what one of them leaves for the other in the cluster may not be understood there',
				'the same package on both, the node without the storage first',
			),
	},
	{
		name: 'clocks apart',
		severity: 'slow',
		of: 'pair',
		// The peer's look lay within ours, as it began and ended before it could be answered: what is beyond that is the clock.
		look({record: one}, {record: two}) {
			const [early, late] = [one.began - two.began, two.ended - one.ended];
			const apart = Math.max(early, late, 0);
			return when(
				apart > SKEW,
				`the clock of ${two.name} is at least ${Math.round(apart / 1000)} s ${early > late ? 'behind' : 'ahead of'} that of ${one.name}`,
				'which copy was written last is told by times, and the logs of a failover cannot be put in order',
				'chrony or systemd-timesyncd on both: timedatectl shows whether it is synchronized',
			);
		},
	},
];
