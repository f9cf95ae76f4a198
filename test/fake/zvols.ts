// bob of the captures with DRBD's volumes on zvols, before and after a resync.
import type {Test} from 'tap';
import {environment, fixture, type Host, kernel, withDisks} from './kernel.ts';

export const DISKS = ['/dev/zvol/tank/vm0', '/dev/zd16'];
export const NAME = /^(tank\/vm\d|other\/vm1)@twinpool-before-resync-vmstore-(\d{8}T\d{6}Z)$/u;
export const BEFORE = environment('drbd-8.4.11', 'before-resync-target', DISKS);
export const SECOND = environment('drbd-8.4.11', 'before-resync-target', DISKS, 1);
export const AFTER = environment('drbd-8.4.11', 'after-resync-target', DISKS);
export const AFTER_SECOND = environment('drbd-8.4.11', 'after-resync-target', DISKS, 1);
export const OLD = 'tank/vm0@twinpool-before-resync-vmstore-20260101T000000Z';

/** 8.4's /proc/drbd as captured in a phase; `before` is what its events2.log shows when the handler is called. */
export function proc84(phase: string): string {
	const text = fixture(`drbd-8.4.11/bob/${phase === 'before' ? '03-initial-sync' : phase}/proc-drbd.txt`);
	return phase === 'before' ? text.replaceAll('cs:SyncTarget', 'cs:WFSyncUUID').replaceAll('ds:Inconsistent', 'ds:Outdated') : text;
}

/** bob of the captures, with two volumes on zvols of one pool. */
export function host(t: Test, second = 'tank/vm1'): Host {
	const bob = kernel(t);
	bob.zvol(0, 'tank/vm0');
	bob.zvol(16, second);
	bob.put('dump', withDisks(fixture('drbd-8.4.11/bob/12-resolved/dump.txt'), DISKS));
	bob.does('drbdadm', 'cat "$D/dump"');
	bob.put('proc/drbd', proc84('before'));
	bob.does('cibadmin', 'exit 102');
	return bob;
}
