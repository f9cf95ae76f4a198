import {item, type Page, prose, verbatim} from '../lib/ocf/manual.ts';

const DESCRIPTION = `fence destroys the guests that use a storage, all at once and whatever state they are in, and succeeds only when each is proved gone: shut off for libvirt, and without a process. It looks again until none is active, so a guest that starts meanwhile goes, too. A guest whose process libvirt has not ended after half a second is killed: a fence is a power cut.

Which guests use the storage is read from libvirt: disks by file, device, zvol, Gluster volume or volume of a storage pool, with their backing chains and mirrors, shared folders, firmware and kernels. Of a guest that is off a backing chain is not known; it has nothing to lose either.

With RESOURCE, or DRBD_RESOURCE as DRBD gives it to a handler, the storage is that DRBD resource: its devices, what is mounted from them or from devices above them, and the ZFS pools that ocf:twinpool:zpool or the cache file know to lie on them. An imported pool of which nobody knows the devices makes the run fail until it is named with --pool. Neither the devices nor the pools are touched: their I/O may be frozen.

Where libvirtd does not answer on this host, its own records of what runs are used, and the processes are killed. Of another host, by --uri, the state is all that can be seen, and the report says so.

unfence promotes the resource with drbdadm primary. Each run leaves one line of JSON in the journal.`;

const OPTIONS: readonly (readonly [string, string])[] = [
	['--all', 'Every guest.'],
	['-c, --uri URI', 'The libvirt to ask; LIBVIRT_DEFAULT_URI, else qemu:///system.'],
	['--pool POOL', 'A ZFS pool. May be given several times, as the next two.'],
	['--mountpoint DIR', 'What is mounted there; of a Gluster mount also the volume itself.'],
	['--device PATH', 'A block device, and what is mounted from it.'],
	['-t, --timeout SECONDS', 'The deadline, 60 unless given: who is still there then is named, and the run fails.'],
	['--parallel N', 'So many at a time, 30 unless given.'],
	['--json', 'The report as JSON.'],
];

export const fenceGuestsPage: Page = {
	name: 'twinpool-fence-guests',
	section: 8,
	title: 'destroy the libvirt guests that use a storage',
	parts: [
		['synopsis', '.B /usr/lib/drbd/twinpool\\-fence\\-guests fence|unfence\n[\\fIRESOURCE\\fR] [\\fIOPTIONS\\fR]'],
		['description', prose(DESCRIPTION)],
		['options', OPTIONS.map(([name, text]) => item(name, text)).join('\n')],
		[
			'exit status',
			prose(
				'0 every guest that had to go is proved gone, or the resource is Primary; 1 not; 2 called in a way that says nothing. It is no answer that DRBD reads as one of fence-peer.',
			),
		],
		[
			'examples',
			verbatim(
				'twinpool-fence-guests fence vmstore\ntwinpool-fence-guests fence --pool tank --timeout 30\ntwinpool-fence-guests fence --all --uri qemu+ssh://bravo/system',
			),
		],
		['see also', prose('twinpool-handler(8), ocf_twinpool_guests(7), virsh(1)')],
	],
};
