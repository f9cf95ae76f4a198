import {read} from '../host.ts';

/** A pool's name as `zpool create` takes it, without blanks. */
export const POOL = /^(?!mirror|raidz|draid|spare|log$)[A-Za-z][\w.:-]{0,254}$/u;

/** The kernel's word for a pool here; nothing when it is not imported. */
export const poolState = (pool: string): string | undefined => read(`/proc/spl/kstat/zfs/${pool}/state`)?.trim();
