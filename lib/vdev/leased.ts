import * as z from 'zod/mini';
import {asName, exists, keep, read} from '../host.ts';

/**
 * A pool with a leg on another host is imported only after its leg's agent has the lease. Which pools these are is remembered on the
 * root disk by the first probe of the leg's agent here, so that a pool that is started in the wrong order is refused, not taken.
 */
const MARK = (pool: string): string => `/var/lib/twinpool/leased-${asName(pool)}`;
const GRANTED = (pool: string): string => `/run/twinpool/leg-${asName(pool)}.json`;

export const markLeased = (pool: string): boolean => exists(MARK(pool)) || keep(MARK(pool), '');
export const isLeased = (pool: string): boolean => exists(MARK(pool));
/** Whether an import has to wait for the leg's agent. */
export const needsLease = (pool: string): boolean => exists(MARK(pool)) && !exists(GRANTED(pool));

const GRANT = z.object({me: z.string(), from: z.optional(z.string())});
/** Who holds the lease by which the pool may be imported here, and the node from which it was taken, which was down then. */
export function grantOf(pool: string): z.infer<typeof GRANT> | undefined {
	try {
		return GRANT.parse(JSON.parse(read(GRANTED(pool)) ?? ''));
	} catch {
		return undefined;
	}
}
