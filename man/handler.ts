import {item, type Page, prose, verbatim} from '../lib/ocf/manual.ts';

const DESCRIPTION = `Answers DRBD's events on a node that Pacemaker manages. DRBD calls each name below with the resource in DRBD_RESOURCE,
on 8.4 and 9. The constraint has LINBIT's name and shape, so that crm-fence-peer.sh, crm-unfence-peer.sh and these lift what the other placed;
the ids of its expressions end in a mark of whichever run of fence-peer wrote it.

They run with DRBD's I/O frozen. None of them runs a zpool command, fence-peer runs no drbdsetup, and each always gives a defined answer
within a time of its own, with no process left behind. Each decision is one line of JSON in the journal. Within a promotion by
ocf:twinpool:drbd on 8.4, called without options, fence-peer gives what that promotion has worked out by the same rules a moment before; its
line then says "by":"promote".`;

const EVENTS: readonly (readonly [string, string])[] = [
	['twinpool-fence-peer', 'Forbids the Primary role everywhere but here, when the peer is known to be gone or its disk to be outdated.'],
	[
		'twinpool-unfence-peer',
		'Lifts that constraint. DRBD (9, and 8.4.11) calls it where a resync came from, when it has ended. Then it drops snapshots, as below.',
	],
	[
		'twinpool-before-resync-target',
		`Snapshots every zvol that the resource's volumes lie on here, with one zfs command a pool, as twinpool-before-resync-RESOURCE-TIME: a resync
leaves the disk with neither the old data nor the new until it ends, and if the other side is lost meanwhile, the snapshot is what there is.
A snapshot of a resync that did not end is kept and no newer one made, as the disk has no whole data since; a volume that is Inconsistent is
not snapshotted at all, such as at the first full sync. Volumes on anything but zvols are left alone.
Where the agent is ocf:twinpool:drbd and no constraint keeps this node from being promoted, it places one by which only the node that the resync comes from may be promoted: a Primary that
loses a peer which is being resynced asks no fence-peer and goes on, and the end of the resync is known there last. That node lifts it.
Whatever goes wrong, the resync begins, after 20 s at most (--timeout), unless --disconnect-on-error is given.`,
	],
	[
		'twinpool-after-resync-target',
		`Called on the node that was resynced, before the other one knows that it is: it leaves the constraint to that one's unfence-peer, or to the
monitor of ocf:twinpool:drbd there. Drops those snapshots if every volume of the resource is UpToDate on both sides. One that is held goes when its last hold does.`,
	],
	[
		'twinpool-split-brain',
		`Writes down the generation identifiers of both sides, as the kernel's log has them, in /var/lib/twinpool/split-brain/RESOURCE-TIME.json (the
last 20 are kept), and tells it once: a later attempt to connect the same two generations is not told again.`,
	],
	[
		'twinpool-initial-split-brain',
		'Only the journal is told, with both identifiers: DRBD may be about to settle it by its after-sb policies.',
	],
	['twinpool-out-of-sync', 'Tells how much a verify found to differ.'],
	[
		'twinpool-local-io-error',
		`Notes the disk that failed, and asks nobody: I/O waits for the answer, which takes milliseconds. The next monitor of ocf:twinpool:drbd tells. DRBD
calls it where on-io-error is call-local-io-error.`,
	],
	[
		'twinpool-pri-on-incon-degr',
		'Tells that the Primary here has no access to good data. With --fence-self it has the cluster fence this node, if that is still so.',
	],
	[
		'twinpool-pri-lost-after-sb',
		`Tells that the data of the Primary here is to be given up for the peer's, which waits until the service is stopped. LINBIT's example shoots
the node. This does so only with --fence-self, by way of the cluster, and if the node is still Primary: until then nothing is lost.`,
	],
	['twinpool-quorum-lost', 'Tells that the resource has no quorum (DRBD 9).'],
];

const TELLING = `What is told is one line in the journal and an attribute of the node: twinpool-split-brain-RESOURCE, twinpool-io-error-RESOURCE,
twinpool-out-of-sync-RESOURCE or twinpool-quorum-lost-RESOURCE, with the time (20261122T151332Z) and a few words. Pacemaker calls its alert agents
for a change of it. The same again is not told again. The attribute goes when DRBD shows that it is over: at the next monitor of
ocf:twinpool:drbd, or at the end of a resync. Where the cluster cannot be told, the next monitor tries again.`;

const OPTIONS: readonly (readonly [string, string])[] = [
	[
		'-t, --timeout SECONDS',
		'How long fence-peer waits for the peer to be fenced, before-resync-target (20) for zfs, and the others (15) in all.',
	],
	[
		'-n, --disconnect-on-error',
		'Of before-resync-target: end with 1 when the snapshot could not be made, upon which DRBD drops the connection.',
	],
	[
		'--keep N',
		'Of before-resync-target: at most so many sets of snapshots of one resource (3); those of resyncs that ended go, oldest first.',
	],
	[
		'--guests URI',
		`Of fence-peer: where the peer stays up, as when only the storage link is cut, destroy its guests on this storage over libvirt at URI
(qemu+ssh://bravo/system), once the peer can no longer be promoted, and answer when they are proved gone. Tried until the timeout, or until the
cluster knows the peer to be down; not proved is no answer, and I/O goes on waiting. A handler has HOME=/: name the key in the URI (keyfile=).`,
	],
	['--pool POOL', 'With --guests: a pool on the resource, where neither its last import here nor its cache file says so.'],
	['--fence-self', 'Of pri-on-incon-degr and pri-lost-after-sb: have the cluster fence this node.'],
	['--dry-run', 'Say what would be done.'],
	[
		"LINBIT's",
		'-d, --dc-timeout, --net-hickup, -r, --resource, -i, --master-id, -l, --role, -a, --fencing-attribute, -p, --id-prefix, --flock-timeout, --flock-required, --unfence-only-if-owner-match and --suicide-on-failure-if-primary mean what they do there. An option that means nothing here is noted and ignored.',
	],
];

const ANSWERS: readonly (readonly [string, string])[] = [
	['3', "the peer's disk is Inconsistent"],
	['4', "the peer's disk is Outdated, or has been outdated now"],
	['5', 'the peer is down: it counts as outdated if the disk here is UpToDate'],
	['6', 'the peer is Primary: this node outdates itself'],
	['7', 'the peer has been fenced by STONITH'],
	['1', 'no answer: a promotion is refused, and I/O that waits goes on waiting'],
];

export const handlerPage: Page = {
	name: 'twinpool-handler',
	section: 8,
	title: "DRBD's events under Pacemaker",
	parts: [
		['synopsis', '.B /usr/lib/drbd/twinpool\\-\\fIEVENT\\fR'],
		['description', prose(DESCRIPTION)],
		['events', EVENTS.map(([name, text]) => item(name, text)).join('\n')],
		['what is told', prose(TELLING)],
		['options', OPTIONS.map(([name, text]) => item(name, text)).join('\n')],
		[
			'exit status',
			`${prose('Of fence-peer, as the DRBD kernel module reads it:')}\n${ANSWERS.map(([code, text]) => item(code, text)).join('\n')}
${prose('Of before-resync-target: 0, the resync begins; 1, DRBD drops the connection. DRBD does not read that of the other events.')}`,
		],
		[
			'examples',
			verbatim(`resource vmstore {
	disk { fencing resource-and-stonith; }
	handlers {
		fence-peer "/usr/lib/drbd/twinpool-fence-peer";
		unfence-peer "/usr/lib/drbd/twinpool-unfence-peer";
		before-resync-target "/usr/lib/drbd/twinpool-before-resync-target";
		after-resync-target "/usr/lib/drbd/twinpool-after-resync-target";
		split-brain "/usr/lib/drbd/twinpool-split-brain";
		out-of-sync "/usr/lib/drbd/twinpool-out-of-sync";
		local-io-error "/usr/lib/drbd/twinpool-local-io-error";
	}
}`),
		],
		['see also', prose('ocf_twinpool_drbd(7), drbd.conf(5)')],
	],
};
