import * as z from 'zod/mini';
import {parsed} from '../cluster/seen.ts';
import {keep, read} from '../host.ts';
import {runFile} from './params.ts';

/** What start found out and its successors need, until the volume is stopped here, or the host boots. */
const NOTE = z.object({
	me: z.string(),
	mountpoint: z.string(),
	/** Whether start began glusterd, which then ends with the volume. */
	daemon: z.boolean(),
});
export type Note = z.infer<typeof NOTE>;

export const noteOf = (volume: string): Note | undefined => parsed(NOTE, read(runFile(volume, 'json')));
export const leaveNote = (volume: string, note: Note): boolean => keep(runFile(volume, 'json'), JSON.stringify(note));
