import {perform} from '../lib/guests/actions.ts';
import {defineAgent} from '../lib/ocf/agent.ts';
import {text, whole} from '../lib/ocf/params.ts';

/** As `zpool create` takes them, without blanks. */
const POOL = /^([A-Za-z][\w.:-]{0,254})?$/u;
const PATH = /^(\/[^\p{Cc}]*)?$/u;
const URI = /^[a-z][\w+]*:\/\/[^\s\p{Cc}]*$/u;

/** `ocf:twinpool:guests`: every libvirt guest whose disks live on one storage. */
export const agent = defineAgent({
	name: 'guests',
	version: '1.0',
	short: 'Starts and stops the libvirt guests that live on a storage',
	long: `Every libvirt guest with a disk on the storage, as one resource. Order it after the pool or mount, and place it with that.

The definitions are kept on the storage itself, a file UUID.xml a guest in .twinpool/guests, readable by root only since they hold the passwords of consoles. Start defines every guest from there and starts it; what is on the storage is right, and a definition on this node that differs is replaced. While the resource runs, libvirt is right: what is defined or changed on this node is saved to the storage by the next monitor, or by stop. A transient guest is saved, too, and is persistent from its next start on. To retire a guest, delete its file, then undefine it. Nothing here undefines a guest.

Order: <guest order="10"/> in the guest's own metadata under the URI urn:twinpool; lower numbers start first, a number only when the one before runs, guests without one last. start="no" has a guest defined and not started. It is set with: virsh metadata GUEST --uri urn:twinpool --key twinpool --set '<guest order="10"/>' --config

Start waits for a Gluster volume that is not served yet, for half of its timeout and 60 s at most. It goes on without a guest that cannot be started, then fails and names it. It starts nothing while a guest is active on the peer, asked through peer_uri; nor after another host ran them, which is noted on the storage, until that host is known to be fenced or down, is back and recorded as stopped, or its libvirt answers that they are not active. Without peer_uri a guest that somebody started by hand on the peer, with the storage mounted on both nodes, is not seen: use libvirt's lock manager (virtlockd) there as well.

Monitor runs one virsh and does not touch the storage. A guest that was shut down from inside, was asked to by its owner, was saved or moved away is no failure, and is started again with the resource; one that was destroyed or crashed, or is paused by an I/O error, is, and is named. A libvirtd that does not answer is no failure as long as every guest has its process.

Stop asks every guest that uses the storage in any way, waits for stop_timeout, destroys what is left, and succeeds when each is shut off and has no process, also without libvirtd. Of a libvirt on another host the state alone is seen.`,
	params: {
		pool: text({
			default: '',
			pattern: POOL,
			says: 'the name of a ZFS pool',
			short: 'ZFS pool',
			long: 'The ZFS pool that the guests live on: all of its datasets and zvols. This or "mountpoint" is required.',
		}),
		mountpoint: text({
			default: '',
			pattern: PATH,
			says: 'an absolute path',
			short: 'Mount point',
			long: 'Where the storage that the guests live on is mounted; of a Gluster mount also the volume itself. With "pool": the mount that has the definitions.',
		}),
		definitions: text({
			default: '',
			pattern: PATH,
			says: 'an absolute path',
			short: 'Folder of the definitions',
			long: "The folder with the definitions, on the storage. When empty: .twinpool/guests in the mount point, or in that of the pool's top dataset.",
		}),
		uri: text({
			default: 'qemu:///system',
			pattern: URI,
			says: 'a libvirt URI',
			short: 'libvirt URI',
			long: 'The libvirt that runs the guests.',
		}),
		peer_uri: text({
			default: '',
			pattern: new RegExp(`^$|${URI.source}`, 'u'),
			says: 'a libvirt URI',
			short: "The peer's libvirt URI",
			long: 'Asked before a start whether a guest is active there, e.g. "qemu+ssh://bravo/system"; it gets 5 s.',
		}),
		stop_timeout: whole({
			default: '120',
			short: 'Seconds to ask',
			long: "How long stop waits for guests that it asked to shut down before it destroys them. Two fifths of the operation's own timeout, 40 s at most, are kept for that.",
		}),
		parallel: whole({
			default: '8',
			short: 'Starts at a time',
			long: 'How many guests are started at the same time.',
		}),
	},
	actions: {
		start: [{timeout: 300}],
		stop: [{timeout: 180}],
		monitor: [{timeout: 30, interval: 20}],
		'validate-all': [{timeout: 30}],
		'meta-data': [{timeout: 5}],
	},
	perform,
});
