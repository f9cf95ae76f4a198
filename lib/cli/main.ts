import packaged from '../../package.json' with {type: 'json'};
import {plain} from './plain.ts';

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
		usage: '[MACHINE [bring up|failover|tear down]] [--svg]',
		summary: 'print the state machines as diagrams: Mermaid, or SVG',
		long: `The diagrams are the edges that the planner searches, so they show what the agents do and not what somebody once drew. With --svg it is
one picture of all that was asked for, light or dark as its reader has it; bold is what is done, dashed what may happen.`,
		run: async argv => (await import('./graph.ts')).graph(argv),
	},
	configure: {
		usage: 'FILE [--print | --output DIRECTORY | --check | --write | --apply] [--node NAME]',
		summary: 'write the configuration of two nodes from one topology file',
		long: `One file in YAML, see twinpool-topology(5), becomes corosync.conf, the DRBD resource, the iSCSI initiator's name, masked units, drop-ins for
systemd, a storage pool of libvirt, and the cluster's configuration for crm and for pcs, with timeouts that satisfy each other.
It prints every file (--print, the default), or writes the tree of each node below DIRECTORY. --check compares with this host, shows
the differences and exits with 1 when there are some. --write writes this host's files, says which, and keeps one that it replaces
beside as FILE.twinpool-old; a second run changes nothing. --apply writes them too, and then runs /etc/twinpool/setup.sh, on both nodes at
the same time: it makes the storage on empty disks, starts the cluster and hands it its configuration, and leaves alone what is there.
--node says which node this host is, when its name does not.`,
		run: async argv => (await import('./configure.ts')).configure(argv),
	},
	status: {
		usage: '[--json]',
		summary: 'look once at both hosts: replication, pools, legs, copies, guests, fencing',
		long: `One look at this host's DRBD resources, pools, legs, copies of Gluster volumes and guests, and at what Pacemaker knows of both nodes:
membership, resources, fence constraints, leases, the last fencing of each, and what the other node told of itself. The words are the
tools' own. It changes nothing. Exits with 0 when all is well, 1 when something is not, 2 when it cannot be told.`,
		run: async argv => (await import('./status.ts')).status(argv),
	},
	watch: {
		usage: '[--json] [--metrics ADDRESS:PORT] [--publish]',
		summary: 'the same, kept up by events: on the screen, as lines, as JSON, as metrics',
		long: `What status shows, kept up by the events of DRBD, ZFS, libvirt and Pacemaker, which are followed and not polled: on a terminal the whole
screen, into a pipe or a log one line for each change, with --json one JSON object for each. A tool that ends under it is started again, and
that is shown. --metrics answers Prometheus at /metrics; with a port alone only this host can ask. --publish tells the cluster, as node
attributes, what the other node cannot see: twinpool-pool-NAME, twinpool-leg-NAME, twinpool-copy-NAME, twinpool-guests, each with the state,
behind "ill: " where it is not well. twinpool-watch.service runs it with what /etc/default/twinpool-watch says. Ctrl-C ends it with 0.`,
		run: async argv => (await import('./watch.ts')).watch(argv),
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
		usage: 'NAME [--json] | NAME [--resolve] --keep HOST [--yes] [--without-copy] | VOLUME --keep HOST|latest|biggest [--yes] [FILE...]',
		summary: 'say whose data is newer where two sides wrote, and choose',
		long: `NAME is a DRBD resource, a Gluster volume, or a pool that mirrors over iSCSI; where it is more than one, drbd:NAME, volume:NAME or
pool:NAME. Of a resource: both sides' roles and disks, generation identifiers, what is out of sync, the pool's newest transaction group and
its time, which node was fenced last, what is lost with either side, and the commands. With --keep the other side's data is given up:
after a snapshot of the zvols or logical volumes below it (a snapshot within the pool would go with it); where it is on neither, only with
--without-copy. Its pool has to be exported before. Of a volume: each file whose copies contradict each other, by the bricks' own records,
with both copies' size, times, owner and mode, and who has everything by the lease. With --keep the copy of one host, or the one written
last, or the biggest, is taken for the truth, for the files that are named or for all, after a ZFS snapshot below every brick ("twinpool
snapshot list VOLUME --before-split-brain"). Of a mirror: which half has which transaction group and time, and the commands; they are
yours. --resolve without --keep asks whose data is kept. Nothing is done before "yes" is typed, or --yes given. Other hosts are asked
through ssh. Exits with 1 while something is torn; with --keep FILE, while one of those is.`,
		run: async argv => (await import('./split-brain.ts')).splitBrain(argv),
	},
	drill: {
		usage: 'POOL|VOLUME [--check] [--power] [--yes] [--dataset NAME] [--output DIRECTORY] [--json]',
		summary: 'rehearse a failover, and measure what a client notices',
		long: `First looks: both nodes members, quorum, no failure on record, fencing in place, the replication whole, no constraint in the way; --check
does no more, and with something in the way nothing is done. Then the pool is moved to the other node and back, while each node that has it
writes and syncs a numbered record every 50 ms to the pool's dataset (--dataset: another one). With --power its node is fenced instead, and
comes back; run that on the other node. A Gluster volume is on both nodes, and is not moved: with --power the other node is fenced while this
one writes, and has to have every record when it is back. What is measured is the longest time without a record, by one clock; a record that had been
acknowledged and is not there on the other node is named. The constraint of the move is taken away in the end, also after Ctrl-C, and
would end by itself after 30 minutes. The report is one page of HTML, with the timeline as a picture, and JSON, in --output (here). Nothing
is done before "yes" is typed, or --yes given. The other node is asked through ssh, by its name in the cluster.`,
		run: async argv => (await import('./drill.ts')).drill(argv),
	},
	bench: {
		usage: '[DIRECTORY...] [--drill FILE]... [--runtime SECONDS] [--rounds N] [--jobs N] [--size MIB] [--yes] [--json]',
		summary: 'compare the layouts: 4k random reads and writes, each to the local pool',
		long: `Runs fio in each DIRECTORY, which is on a local pool, on one over DRBD, on a mirror over iSCSI, or on a mounted Gluster volume, and says what
it is of the local pool's in the same run: IOPS of 4k random reads and writes, and latencies with percentiles. Without a DIRECTORY it is what
is mounted here: of each pool the dataset nearest to its top, and each volume; then nothing is done before "yes" is typed, or --yes given.
Writes are synced (O_SYNC), so what is measured has reached both sides; reads come from the ARC where the file fits into it: --size is 1024
MiB unless given. All are measured in turns, --rounds times (3) for --runtime seconds (10) with --jobs at a time (8), and the median counts.
--drill takes the JSON of a drill: failover is the longest time without a write, recovery what it then took until the replication was whole.
A file of its own is all that is written, in a directory of its own that is taken away in the end, also after Ctrl-C; never a device, never
below a brick, and only where twice its size is free. It competes with what else uses the storage. Exits with 0 when all was measured, 1
when something was not whole meanwhile, or does not sync, which makes it look fast; 2 when it could not be measured.`,
		run: async argv => (await import('./bench.ts')).bench(argv),
	},
	side: {
		usage: '',
		summary: 'answer another host about this one',
		long: `One request of another host's twinpool on the standard input, in JSON, and one answer, about bricks, resources, halves, or all that doctor goes by; for a drill, lines until the input ends. It is what ssh runs; an authorized_keys line may
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
	// Whoever read it has had enough.
	process.stdout.on('error', (error: NodeJS.ErrnoException) => {
		if (error.code !== 'EPIPE') {
			throw error;
		}
	});
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
		process.stderr.write(`twinpool ${name}: ${plain(error instanceof Error ? error.message : String(error))}\n`);
		return USAGE_ERROR;
	}
}
