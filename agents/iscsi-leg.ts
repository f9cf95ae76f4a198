import * as z from 'zod/mini';
import {perform} from '../lib/iscsi/actions.ts';
import {LEAST_STALL} from '../lib/iscsi/timers.ts';
import {defineAgent} from '../lib/ocf/agent.ts';
import {choice, flag, type Param, text, whole} from '../lib/ocf/params.ts';
import {POOL} from '../lib/vdev/pool.ts';

/** One or two words. */
const words = (about: {short: string; long: string; pattern: RegExp; says: string}): Param<string[]> => ({
	...text({required: true, short: about.short, long: about.long}),
	schema: z.pipe(
		z.string().check(z.regex(about.pattern, {error: `expected ${about.says}`})),
		z.transform(line => line.split(/\s+/u).filter(Boolean)),
	),
});

const stall: Param<number> = {
	...whole({
		default: '10',
		short: 'Seconds that a write may wait for a dead leg',
		long: `How long a write may wait for a leg that is gone, in seconds, at least ${LEAST_STALL}. The session's pings and logins, the disk's command timeout and its recovery follow from it. The pool goes on without the leg as soon as every other node knows that its half is behind, or is down for sure; while that cannot be had (both links cut), writes wait for the fencing.`,
	}),
	schema: z.pipe(
		z.string().check(z.regex(/^\d{1,4}s?$/u, {error: 'expected a whole number of seconds'})),
		z.transform(word => Math.max(LEAST_STALL, Number.parseInt(word, 10))),
	),
};

const override: Param<number | undefined> = {
	...text({
		default: '',
		short: 'Import a half that is behind',
		long: 'The epoch of the lease at which this node may take the pool with a half that is behind, giving up what the other half took since. It is good for that epoch alone: the refusal names it. 0 is for a pool that has no lease yet.',
	}),
	schema: z.pipe(
		z.string().check(z.regex(/^\d{0,15}$/u, {error: 'expected the epoch of a lease'})),
		z.transform(word => (word === '' ? undefined : Number(word))),
	),
};

/** `ocf:twinpool:iscsi-leg`: takes portal, target and their like by ocf:heartbeat:iscsi's names. */
export const agent = defineAgent({
	name: 'iscsi-leg',
	version: '1.0',
	short: 'Keeps the iSCSI leg of a mirrored ZFS pool',
	long: `A pool that mirrors a disk of this node with one of the other node, which it reaches over iSCSI: this resource starts before the pool and stops after it, on the same node.
Start asks whether the pool may be imported here: a lease in the CIB says who has it and which half has every acknowledged write. A half that is behind is not imported, unless override says so. It takes down this node's own export of its half (LIO or tgt), logs in to the other node's, and takes the lease by compare and set.
While it runs, the unit twinpool-leg@POOL keeps the leg: of one that is lost it first has the cluster know that it is behind, then lets held writes fail, and the pool goes on; when it is back, it is logged in, known by its label, brought back into the mirror, and counted as complete when its resilver is over. A lost leg is no failure of the resource.`,
	params: {
		portal: words({
			short: 'Portal of the leg',
			long: "Address of the target, with or without a port. With two, one a node and separated by a blank, each node takes the other one's, so that one resource serves both.",
			pattern: /^\s*[\w.:[\]-]+(\s+[\w.:[\]-]+)?\s*$/u,
			says: 'an address or two, with or without ports',
		}),
		target: words({
			short: 'Name of the target',
			long: 'The target that offers the leg, e.g. "iqn.2026-11.com.example:bravo.tank". With two portals one name for both, or two in the same order.',
			pattern: /^\s*(iqn\.|eui\.|naa\.)[\w.:-]+(\s+(iqn\.|eui\.|naa\.)[\w.:-]+)?\s*$/u,
			says: "a target's name or two (iqn., eui. or naa.)",
		}),
		pool: text({
			required: true,
			unique: true,
			pattern: POOL,
			says: 'the name of a ZFS pool',
			short: 'Pool name',
			long: 'The pool that the leg belongs to.',
		}),
		lun: whole({default: '0', short: 'Logical unit', long: "The number of the leg's unit at its target."}),
		stall,
		chap_username: text({
			default: '',
			short: 'CHAP: name of this host',
			long: 'The name under which this host logs in, when the target asks for CHAP.',
		}),
		chap_password_file: text({
			default: '',
			short: 'CHAP: file with the secret',
			long: 'A file of this host, readable by root alone, whose first line is the secret. It is never passed on a command line, nor kept in the CIB.',
		}),
		chap_username_in: text({default: '', short: 'CHAP: name of the target', long: 'The name under which the target has to prove itself.'}),
		chap_password_in_file: text({
			default: '',
			short: "CHAP: file with the target's secret",
			long: "Like chap_password_file, for the target's own proof.",
		}),
		degraded: flag({
			default: 'false',
			short: 'Report a lost leg',
			long: 'Let monitor report a leg that is lost or resilvering as degraded (190), which Pacemaker shows and treats as running. Not with Pacemaker 2.1.5: there a monitor that answered so last can delay a move by two minutes.',
		}),
		override,
		resilver: flag({
			default: 'true',
			short: 'Wait for the resilver before a move',
			long: 'Mark every node whose half does not have everything with the attribute "twinpool-behind-POOL", until its resilver is over, so that a rule (see the examples) keeps the pool from being moved to where it could not start. Without it a move in that time is refused by the lease, after the pool was stopped.',
		}),
		read: choice(['local', 'any'], {
			default: 'local',
			short: 'Which half is read',
			long: "With local the leg's disk is marked as rotating before ZFS opens it, so that ZFS reads from this host's own disk, where that is an SSD or NVMe; reads reach the leg only when the local half is damaged, or has a long queue. With any, or where the local disk rotates, ZFS shares reads out by the length of the queues. OpenZFS 2.1 has no property for it.",
		}),
		iscsiadm: text({
			default: 'iscsiadm',
			pattern: /^(\/[\w/.-]+|iscsiadm)$/u,
			says: 'the absolute path of a program',
			short: 'The iscsiadm program',
			long: 'For a host that has it at an unusual place.',
		}),
		discovery_type: text({
			default: '',
			short: 'Accepted, without effect',
			long: 'Of ocf:heartbeat:iscsi. The record of the target is written as its parameters say: nothing is discovered.',
		}),
		udev: text({
			default: '',
			short: 'Accepted, without effect',
			long: "Of ocf:heartbeat:iscsi. The leg's disk is known by its session and its label, whatever udev calls it.",
		}),
		try_recovery: text({
			default: '',
			short: 'Accepted, without effect',
			long: 'Of ocf:heartbeat:iscsi. A lost session is always logged in again.',
		}),
	},
	actions: {
		start: [{timeout: 90}],
		stop: [{timeout: 60}],
		monitor: [{timeout: 30, interval: 10}],
		'validate-all': [{timeout: 30}],
		'meta-data': [{timeout: 5}],
	},
	perform,
});
