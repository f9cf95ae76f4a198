/**
 * A session as the kernel's iSCSI class has it (/sys/class/iscsi_session, drivers/scsi/scsi_transport_iscsi.c), and `none`.
 * FAILED: the connection is lost and I/O is held; FREE: the kernel gave up and fails I/O.
 */
export const SESSIONS = ['none', 'LOGGED_IN', 'FAILED', 'FREE'] as const;
export type SessionWord = (typeof SESSIONS)[number];

/** A leg's vdev as `zpool status` prints it; `absent`: its pool is not imported here, or suspended. */
export const VDEVS = ['absent', 'ONLINE', 'DEGRADED', 'OFFLINE', 'REMOVED', 'UNAVAIL', 'FAULTED'] as const;
export type VdevWord = (typeof VDEVS)[number];

/** A word that we do not know is the worst that it may be: I/O held, a vdev that does not serve. */
export const sessionWord = (said: string): SessionWord => SESSIONS.find(word => word === said) ?? 'FAILED';
export const vdevWord = (said: string): VdevWord => VDEVS.find(word => word === said) ?? 'UNAVAIL';

/** What one look tells of a leg. */
export interface Facts {
	session: SessionWord;
	vdev: VdevWord;
}
