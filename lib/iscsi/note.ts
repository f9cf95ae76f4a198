import * as z from 'zod/mini';
import {parsed} from '../cluster/seen.ts';
import {keep, read} from '../host.ts';
import {runFile} from './params.ts';

/** What monitor takes for good. */
export const WELL = 'the leg has everything';

/** What start found out and its successors need: until the leg is stopped, or the host boots. */
const NOTE = z.object({
	me: z.string(),
	/** Which of the portals is the leg's is asked once: with the storage link its address may go. */
	ends: z.object({
		leg: z.object({
			target: z.string(),
			portal: z.object({host: z.string(), port: z.number()}),
			lun: z.number(),
			iscsiadm: z.string(),
		}),
		ours: z.optional(z.string()),
	}),
	poolGuid: z.string(),
	/** The leg's vdev; empty while it was never seen. */
	guid: z.string(),
	/** The vdevs on this host's own disks. */
	local: z._default(z.array(z.string()), []),
	/** The node whose lease it was, and which was down when this one took it. */
	from: z.optional(z.string()),
});
export type Note = z.infer<typeof NOTE>;

export const noteOf = (pool: string): Note | undefined => parsed(NOTE, read(runFile(pool, 'json')));
export const leaveNote = (pool: string, note: Note): boolean => keep(runFile(pool, 'json'), JSON.stringify(note));
