import * as z from 'zod/mini';
import {SEVERITIES} from './finding.ts';

/** What a tool said; or why it said nothing, and whether that is because it is not installed. */
const ANSWER = z.union([
	z.object({exit: z.number(), stdout: z.string(), stderr: z.string()}),
	z.object({why: z.string(), missing: z.boolean()}),
]);
export type Answer = z.infer<typeof ANSWER>;

const text = z.optional(z.string());
const asked = z.optional(ANSWER);

/** A mount, as far as it matters here. */
const MOUNT = z.object({point: z.string(), type: z.string(), source: z.string()});

/**
 * What one look at a host gave: texts and words as they are there, read before anything is concluded. It is what another host's
 * twinpool answers with, so it is checked like anything that comes from outside. Nothing in it is absent because it is well.
 */
export const RECORD = z.object({
	/** The version of what wrote it. */
	twinpool: z.string(),
	name: z.string(),
	/** The host's own clock, in milliseconds since 1970, before and after the look. */
	began: z.number(),
	ended: z.number(),
	root: z.boolean(),
	/** What is not asked, as there is no sign of what it would tell of, is not there. */
	tools: z.object({
		cib: asked,
		history: asked,
		dump: asked,
		utils: asked,
		events2: asked,
		zfs: asked,
		vdevs: asked,
		properties: asked,
		/** Of the datasets that Gluster's bricks are on. */
		attributes: asked,
	}),
	texts: z.object({
		corosync: text,
		/** The CIB as Pacemaker keeps it while it does not run. */
		kept: text,
		helper: text,
		interval: text,
		imports: text,
		zfs: text,
		/** DRBD's module. */
		drbd: text,
	}),
	/** Whether DRBD has a configuration here. */
	replicates: z.boolean(),
	/** Of units that matter: how the next boot finds them. */
	units: z.record(z.string(), z.enum(['masked', 'enabled', 'disabled'])),
	hostid: z.number(),
	/** The pools in zpool.cache. */
	cached: z.array(z.string()),
	pools: z.array(z.object({name: z.string(), state: z.string()})),
	/** Each program that DRBD's configuration calls; a script with its text. */
	programs: z.record(z.string(), z.object({there: z.boolean(), runs: z.boolean(), script: text})),
	/** The kernel's name of each device that a configuration names. */
	devices: z.record(z.string(), z.string()),
	zvols: z.array(z.object({path: z.string(), device: z.string()})),
	/** Who holds a block device, and what kind it is: multipath, LVM, md or the holder's name. */
	holders: z.array(z.object({device: z.string(), holder: z.string(), kind: z.string()})),
	sessions: z.array(
		z.object({
			target: z.string(),
			replacement: z.string(),
			interval: z.string(),
			timeout: z.string(),
			disks: z.array(z.string()),
		}),
	),
	/** open-iscsi's records: which target, and whether it is logged in at boot. */
	nodes: z.array(z.object({target: z.string(), startup: z.string()})),
	/** LIO's backstores that stand, and those that come up at boot. */
	stores: z.array(z.object({name: z.string(), device: z.string(), saved: z.boolean()})),
	/** LIO's targets that let anybody in and let him write. */
	open: z.array(z.string()),
	mounts: z.array(MOUNT),
	/** Gluster's clients: the mount point of each, and how many servers it may be mounted from. */
	clients: z.array(z.object({point: z.string(), servers: z.number()})),
	/** The host's own, of any kind. */
	addresses: z.array(z.string()),
	/** What has to run while the storage is away, and the mount that it is on. */
	code: z.array(z.object({path: z.string(), mount: MOUNT})),
	/** Guests that libvirt starts at boot, and what they name as disks. */
	autostart: z.array(z.object({name: z.string(), disks: z.array(z.string())})),
	volumes: z.array(
		z.object({
			volume: z.string(),
			findings: z.array(z.object({severity: z.enum(SEVERITIES), seen: z.string(), hurts: z.string(), fix: z.string()})),
		}),
	),
});
export type Record = z.infer<typeof RECORD>;

/** @throws {Error} it is no record of ours */
export function recorded(host: string, answer: string): Record {
	let given: unknown;
	try {
		given = JSON.parse(answer);
	} catch {
		given = undefined;
	}
	const {success, data} = RECORD.safeParse(given);
	if (!success) {
		throw new Error(
			`${host} answered "${answer.trim().split('\n')[0]?.slice(0, 120) ?? ''}": twinpool of the same version has to be there`,
		);
	}
	return data;
}
