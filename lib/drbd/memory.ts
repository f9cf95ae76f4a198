import {rmSync} from 'node:fs';
import * as z from 'zod/mini';
import {at, keep, read} from '../host.ts';
import type {Facts} from './states.ts';

/** What start read in the configuration, for the actions that have no time to read it again. */
export interface Memory {
	minors: number[];
	/** Before it promotes without the peer, the kernel asks our fence-peer, as it comes, whether it may. */
	asks: boolean;
}

const MEMORY = z.object({minors: z.array(z.int().check(z.nonnegative())), asks: z.boolean()});
const FOLDER = '/run/twinpool';
const fileOf = (resource: string): string => `${FOLDER}/drbd-${encodeURIComponent(resource)}.json`;

/** What `drbdadm dump` shows of it. The first host's volumes: minors are the same on both, or the kernel does not have them. */
export function learned(dump: string): Memory {
	const host = dump.split(/^ {4}on /mu)[1] ?? '';
	return {
		minors: [...host.matchAll(/^\s*device\s+(?:\S+\s+)?minor\s+(?<minor>\d+);/gmu)].map(({groups}) => Number(groups?.['minor'])),
		asks: /^\s*fencing\s+resource-/mu.test(dump) && /^\s*fence-peer\s+"?\S*\/twinpool-fence-peer"?;/mu.test(dump),
	};
}

/** Where it cannot be kept, everything is asked of the tools: slower, not wrong. */
export const remember = (resource: string, memory: Memory): boolean => keep(fileOf(resource), JSON.stringify(memory));

export function recall(resource: string): Memory | undefined {
	try {
		return MEMORY.parse(JSON.parse(read(fileOf(resource)) ?? ''));
	} catch {
		return undefined;
	}
}

/** The kernel has other minors than start read: somebody moved them by hand. */
export function correct({name, volumes}: Facts): void {
	const memory = recall(name);
	const minors = volumes.map(({minor}) => minor);
	if (memory && minors.length > 0 && `${memory.minors}` !== `${minors}`) {
		remember(name, {...memory, minors});
	}
}

export const forgetAbout = (resource: string): void => rmSync(at(fileOf(resource)), {force: true});
