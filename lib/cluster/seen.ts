import * as z from 'zod/mini';
import {began, keep, read} from '../host.ts';

/** What a resident program saw last, for monitor and people. */
const SEEN = z.object({
	pid: z.number(),
	born: z.string(),
	/** The state, in the words of its machine. */
	words: z.string(),
	/** One sentence. */
	says: z.string(),
	/** ISO time of the last change. */
	since: z.string(),
});
export type Seen = z.infer<typeof SEEN>;

/** A file that one of our programs left for another; nothing when it is not there or not as it should be. */
export const parsed = <T>(schema: z.ZodMiniType<T>, text: string | undefined): T | undefined => {
	try {
		return schema.parse(JSON.parse(text ?? ''));
	} catch {
		return undefined;
	}
};

/** Nothing when whoever left it no longer lives. */
export function seenIn(file: string): Seen | undefined {
	const seen = parsed(SEEN, read(file));
	return seen && seen.born === began(seen.pid) ? seen : undefined;
}

export const leaveSeen = (file: string, words: string, says: string): boolean =>
	keep(file, JSON.stringify({pid: process.pid, born: began(process.pid), words, says, since: new Date().toISOString()}));
