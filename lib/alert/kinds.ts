/** What may be told. */
export const KINDS = ['split-brain', 'io-error', 'out-of-sync', 'quorum-lost', 'fencing', 'failure'] as const;
export type Kind = (typeof KINDS)[number];

/** The kinds that a DRBD handler writes into a node attribute, `twinpool-KIND-RESOURCE`. */
export const ATTRIBUTES = ['split-brain', 'io-error', 'out-of-sync', 'quorum-lost'] as const;
export type AttributeKind = (typeof ATTRIBUTES)[number];

interface About {
	/** Of these both sides of the resource see one and the same: it is told once, not once a node. */
	both: boolean;
	what(resource: string, node: string): string;
	/** What to do, line by line; the names are safe to be copied into a shell. */
	advice(resource: string, node: string): readonly string[];
}

export const ABOUT: Record<AttributeKind, About> = {
	'split-brain': {
		both: true,
		what: (resource, node) => `split-brain of DRBD resource ${resource}, seen by ${node}`,
		advice: resource => [
			'Both sides have written what the other one does not have. Nothing is lost yet, and nothing is replicated.',
			`Compare: "twinpool split-brain ${resource}" on one of them says whose data is newer, what each choice loses, and does it with --keep.`,
			`By hand: journalctl -t twinpool-split-brain on both nodes; drbdadm status ${resource} (DRBD 8.4: cat /proc/drbd).`,
			'Save the data that will be given up, if anybody may want it. Then, on the node whose data is given up:',
			`  drbdadm disconnect ${resource}; drbdadm secondary ${resource}; drbdadm connect --discard-my-data ${resource}`,
			'and on the other one:',
			`  drbdadm connect ${resource}`,
		],
	},
	'io-error': {
		both: false,
		what: (resource, node) => `I/O error on the disk of DRBD resource ${resource} on ${node}`,
		advice: resource => [
			`Look: dmesg; drbdadm status ${resource} (DRBD 8.4: cat /proc/drbd). Diskless: all I/O goes to the peer, and there is one copy.`,
			'Replace the disk. Then, on this node:',
			`  drbdadm create-md ${resource}; drbdadm attach ${resource}`,
			'The peer resyncs it. A disk that is the old one, with its data, needs no create-md.',
		],
	},
	'out-of-sync': {
		both: true,
		what: (resource, node) => `DRBD resource ${resource} is out of sync, seen by ${node}`,
		advice: resource => [
			'A verification found blocks that are not the same on both sides. They stay so until they are resynced.',
			'Find out which side is right before: the one that is Primary is what the service has read and written. On the other one:',
			`  drbdadm disconnect ${resource}; drbdadm connect ${resource}`,
			`and verify again: drbdadm verify ${resource}. When they come back, look at memory, disks and the network card's offloading.`,
		],
	},
	'quorum-lost': {
		both: false,
		what: (resource, node) => `DRBD resource ${resource} has lost quorum on ${node}`,
		advice: resource => [
			'Its I/O waits or fails, as on-no-quorum says, until enough nodes are connected again.',
			`Look: drbdadm status ${resource}; is the peer up, is the replication link? DRBD goes on by itself when they are back.`,
		],
	},
};
