import {asName} from '../host.ts';

/** What the actions ask of the agent's parameters. */
export interface GlusterParams {
	volname: string;
	mountpoint: string;
	/** As given to `gluster volume set`. */
	options: ReadonlyMap<string, string>;
	ping_timeout: number | undefined;
	heal: 'gate' | 'none';
	degraded: boolean;
	override: number | undefined;
}

/** A volume has its lease under this name: a pool may be called the same. */
export const leasedAs = (volume: string): string => `gluster.${volume}`;

/** Where a program on this host leaves word of this volume for the next one. */
export const runFile = (volume: string, kind: string): string => `/run/twinpool/gluster-${asName(volume)}.${kind}`;
