import type {Topology} from './schema.ts';

/** Seconds, each in a place of its own: what waits for something gives it longer than that gives itself. */
export interface Timing {
	stall: number;
	monitor: number;
	stonith: number;
	fencePeer: number;
	promote: number;
	start: number;
	/** Gluster's clients wait for a silent brick for this long, and then fail: its node has to be fenced by then. */
	ping: number;
}

/** What twinpool-fence-peer gives itself within a promotion; told otherwise, it gives that to a Primary too, which may wait longer by itself. */
export const FENCE_PEER = 90;

/**
 * All timeouts of a topology. stall < monitor: a monitor outlives a write that waits for a lost half. monitor < STONITH: a device is
 * not given up before the operation that asked for it. STONITH < fence-peer: DRBD's handler waits for the fencing. fence-peer < promote:
 * it runs within promote. promote < start: a start may have to wait out a promotion of the peer.
 */
export function timing({timing: {stall, fencing, head_start: headStart}}: Pick<Topology, 'timing'>): Timing {
	const monitor = Math.max(30, stall + 20);
	// The delay is within the time that the fencing may take.
	const stonith = Math.max(monitor + 10, headStart + fencing);
	const fencePeer = Math.max(FENCE_PEER, stonith + 30);
	const promote = fencePeer + 30;
	return {stall, monitor, stonith, fencePeer, promote, start: 2 * promote, ping: Math.max(42, stonith + 10)};
}
