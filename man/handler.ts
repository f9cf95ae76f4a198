import {item, type Page, prose, verbatim} from '../lib/ocf/manual.ts';

const DESCRIPTION = `Answers DRBD's events on a node that Pacemaker manages. DRBD calls each name below with the resource in DRBD_RESOURCE,
on 8.4 and 9. The constraint has LINBIT's name and shape, so that crm-fence-peer.sh, crm-unfence-peer.sh and these lift what the other placed.

They run with DRBD's I/O frozen. None of them runs a zpool command, fence-peer runs no drbdsetup, and each always gives a defined answer.
Each decision is one line of JSON in the journal. Within a promotion by ocf:twinpool:drbd on 8.4, called without options, fence-peer gives
what that promotion has worked out by the same rules a moment before; its line then says "by":"promote".`;

const EVENTS: readonly (readonly [string, string])[] = [
	['twinpool-fence-peer', 'Forbids the Primary role everywhere but here, when the peer is known to be gone or its disk to be outdated.'],
	['twinpool-unfence-peer', 'Lifts that constraint. DRBD 9 calls it when the peer is UpToDate again.'],
	[
		'twinpool-after-resync-target',
		'Lifts that constraint on DRBD 8.4, which has no unfence-peer event: it is called on the node that was resynced.',
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
	title: "DRBD's fencing events under Pacemaker",
	parts: [
		['synopsis', '.B /usr/lib/drbd/twinpool\\-\\fIEVENT\\fR'],
		['description', prose(DESCRIPTION)],
		['events', EVENTS.map(([name, text]) => item(name, text)).join('\n')],
		[
			'exit status',
			`${prose('Of fence-peer, as the DRBD kernel module reads it:')}\n${ANSWERS.map(([code, text]) => item(code, text)).join('\n')}`,
		],
		[
			'examples',
			verbatim(`resource vmstore {
	disk { fencing resource-and-stonith; }
	handlers {
		fence-peer "/usr/lib/drbd/twinpool-fence-peer";
		unfence-peer "/usr/lib/drbd/twinpool-unfence-peer";
		after-resync-target "/usr/lib/drbd/twinpool-after-resync-target";
	}
}`),
		],
		['see also', prose('ocf_twinpool_drbd(7), drbd.conf(5)')],
	],
};
