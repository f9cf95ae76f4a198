import packaged from '../../package.json' with {type: 'json'};

/** One command of `twinpool`: what help and the manual say of it, and its one call. */
export interface Command {
	usage: string;
	summary: string;
	long: string;
	/** It answers --help itself. */
	helps?: true;
	/** @returns 0 all is well, 1 something was found wrong, 2 it could not be run */
	run(argv: string[]): Promise<number>;
}

export const commands: Record<string, Command> = {
	demo: {
		usage: '[--fault NAME] [--drbd 8.4|9] [--programs DIRECTORY] [--json]',
		summary: 'fail a pool over between two simulated hosts',
		long: `Drives the real agents and handlers through start, promote, import, a power cut, fencing, takeover, return and resync, on two hosts
that are simulated behind the tools' command lines. Needs no cluster, no root and no kernel module. Exits 0 only if every guarantee held. --help names the faults.`,
		helps: true,
		run: async argv => (await import('./demo.ts')).demo(argv),
	},
	graph: {
		usage: '[MACHINE [bring up|failover|tear down]]',
		summary: 'print the state machines as Mermaid diagrams',
		long: 'The diagrams are the edges that the planner searches, so they show what the agents do and not what somebody once drew.',
		run: async argv => (await import('./graph.ts')).graph(argv),
	},
	configure: {
		usage: 'FILE [--print | --output DIRECTORY | --check | --write] [--node NAME]',
		summary: 'write the configuration of two nodes from one topology file',
		long: `One file in YAML, see twinpool-topology(5), becomes corosync.conf, the DRBD resource, the iSCSI initiator's name, masked units, drop-ins for
systemd, a storage pool of libvirt, and the cluster's configuration for crm and for pcs, with timeouts that satisfy each other.
It prints every file (--print, the default), or writes the tree of each node below DIRECTORY. --check compares with this host, shows
the differences and exits with 1 when there are some. --write writes this host's files, says which, and keeps one that it replaces
beside as FILE.twinpool-old; a second run changes nothing. --node says which node this host is, when its name does not.
It runs no command: what is left to run, in order, is in /etc/twinpool/commands.txt.`,
		run: async argv => (await import('./configure.ts')).configure(argv),
	},
	doctor: {
		usage: '[--peer HOST] [--json] | VOLUME... [--json]',
		summary: 'say what will hurt at the next failover, with the remedy',
		long: `Looks at this host, and with --peer at the other one through ssh ("twinpool side" answers there), and lists what will hurt at the next
failover, worst first: what was seen, what comes of it, and the command that mends it. STONITH and the cluster's options, constraints and
timeouts, DRBD's configuration and handlers, ZFS, iSCSI, Gluster, libvirt; of two hosts also what has to be the same on both, or must not be.
It reads and changes nothing, and asks no tool that would hang. What could not be looked at is listed as not examined, with why.
With a VOLUME it looks at that Gluster volume alone, by glusterd's own files. --json: {hosts, findings, missed}; with a VOLUME [{volume, findings}].
Exits with 0 when nothing was found, with 1 when something was, with 2 when it could not be run, or not all of it could be examined.`,
		run: async argv => (await import('./doctor.ts')).doctor(argv),
	},
	snapshot: {
		usage: 'VERB NAME [SET|DATASET] [--keep N] [--destroy-newer] [--before-split-brain] [--json]',
		summary: 'snapshot a pool, or every brick of a Gluster volume, as a set',
		long: `take: of a pool, a snapshot of all its datasets at one instant; of a volume, snapshots of the same name below all bricks, while fsync,
O_SYNC writes, renames and unlinks are held back (for 20 s at most, two minutes if this is killed), so that what a program was told is in every one of them. A volume has to
be healed for it. list and drop SET do what they say; prune drops all but the newest sets (--keep, 7). rollback SET puts every dataset
back: of a volume on all hosts, with its bricks ended ("crm resource stop" first); what was snapshotted since is only destroyed with
--destroy-newer. send [HOST:]DATASET [SET] sends the newest set, or SET, of what is on this host into another pool, from the newest set
that is there already: raw, read-only and not mounted. --before-split-brain means the sets that "twinpool split-brain" took.
Other hosts are asked through ssh, by the address of their brick: "twinpool side" answers there.`,
		run: async argv => (await import('./snapshot.ts')).snapshot(argv),
	},
	'split-brain': {
		usage: 'VOLUME [--json] | VOLUME --keep HOST|latest|biggest [--yes] [FILE...]',
		summary: 'list the files of a Gluster volume that are torn, and choose',
		long: `Lists each file whose copies contradict each other, by the bricks' own records: how, both copies' size, times, owner and mode, which node was
fenced last, and who has everything by the lease. With --keep the copy of one host, or the one written last, or the biggest, is taken
for the truth, for the files that are named or for all, after a ZFS snapshot below every brick
("twinpool snapshot list VOLUME --before-split-brain"). Exits with 1 while something is torn; with
--keep FILE, while one of those is.`,
		run: async argv => (await import('./split-brain.ts')).splitBrain(argv),
	},
	side: {
		usage: '',
		summary: 'answer another host about this one',
		long: `One request of another host's twinpool on the standard input, in JSON, and one answer: about bricks, or all that doctor goes by. It is what ssh runs; an authorized_keys line may
allow just it: restrict,command="twinpool side".`,
		run: async () => (await import('./remote.ts')).side(),
	},
};

const USAGE_ERROR = 2;

const help = (): string => `usage: twinpool COMMAND

${Object.entries(commands)
	.map(([name, {summary}]) => `  ${name.padEnd(11)} ${summary}`)
	.join('\n')}

twinpool COMMAND --help says more. --version prints the version.
`;

/** The command line: gives the exit code, never throws. */
export async function main(argv: string[]): Promise<number> {
	const [name = '--help', ...rest] = argv;
	if (name === '--version') {
		process.stdout.write(`twinpool ${packaged.version}\n`);
		return 0;
	}
	if (name === '--help' || name === '-h' || name === 'help') {
		process.stdout.write(help());
		return argv.length > 0 ? 0 : USAGE_ERROR;
	}
	const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (!command) {
		process.stderr.write(`twinpool: there is no command ${JSON.stringify(name)}\n${help()}`);
		return USAGE_ERROR;
	}
	if (!command.helps && (rest.includes('--help') || rest.includes('-h'))) {
		process.stdout.write(`usage: twinpool ${name} ${command.usage}\n\n${command.long}\n`);
		return 0;
	}
	try {
		return await command.run(rest);
	} catch (error) {
		process.stderr.write(`twinpool ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
		return USAGE_ERROR;
	}
}
