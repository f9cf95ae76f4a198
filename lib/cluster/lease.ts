import type {Deadline} from '../deadline.ts';
import type {Cib} from './cib.ts';
import {CibError, cibadmin} from './cib.ts';
import {below, child} from './xml.ts';

/**
 * Who may have a pool whose halves lie on two hosts, and which halves have everything that was acknowledged.
 * It is a cluster property, so that it outlives both nodes, and it is only ever changed from what was read to what follows.
 */
export interface Lease {
	/** Counts every change of holder. */
	epoch: number;
	/** The node that has the pool; nothing after an orderly stop. */
	holder: string | undefined;
	/** The pool's guid: another pool of the same name is not covered. */
	pool: string;
	/** The guids of the vdevs that have every acknowledged write. */
	current: readonly string[];
	/** The others, each with the transaction group that the pool had reached when the pool went on without it. */
	behind: Readonly<Record<string, number>>;
}

const SHAPE =
	/^epoch=(?<epoch>\d{1,15}) holder=(?<holder>[\w.-]+|) pool=(?<pool>[\w-]+) current=(?<current>[\w.-]+(?:,[\w.-]+)*) behind=(?<behind>(?:[\w.-]+@\d{1,16}(?:,|$))*)$/u;

export function leaseText({epoch, holder, pool, current, behind}: Lease): string {
	const left = Object.entries(behind).map(([guid, txg]) => `${guid}@${txg}`);
	return `epoch=${epoch} holder=${holder ?? ''} pool=${pool} current=${[...current].sort().join(',')} behind=${left.sort().join(',')}`;
}

/** The lease after the pool went on without some of its vdevs, or has them back in full. */
export function without(lease: Lease, guids: readonly string[], txg: number): Lease {
	const gone = guids.filter(guid => lease.current.includes(guid));
	return {
		...lease,
		current: lease.current.filter(guid => !gone.includes(guid)),
		behind: {...lease.behind, ...Object.fromEntries(gone.map(guid => [guid, txg]))},
	};
}

export const complete = (lease: Lease, guid: string): Lease => ({
	...lease,
	current: [...lease.current.filter(one => one !== guid), guid],
	behind: Object.fromEntries(Object.entries(lease.behind).filter(([one]) => one !== guid)),
});

/** The lease without what a pool no longer has: a disk that was replaced. */
export const only = (lease: Lease, has: (guid: string) => boolean): Lease => ({
	...lease,
	current: lease.current.filter(has),
	behind: Object.fromEntries(Object.entries(lease.behind).filter(([guid]) => has(guid))),
});

/** @throws {Error} what is there is no lease: nothing may be concluded from it */
export function parseLease(text: string): Lease {
	const {epoch, holder, pool, current, behind} = SHAPE.exec(text)?.groups ?? {};
	if (epoch === undefined || pool === undefined || current === undefined) {
		throw new Error(`"${text.slice(0, 80)}" is no lease (epoch=N holder=NODE pool=GUID current=GUID,... behind=GUID@TXG,...)`);
	}
	const left = (behind ?? '').split(',').filter(Boolean);
	return {
		epoch: Number(epoch),
		holder: holder || undefined,
		pool,
		current: current.split(','),
		behind: Object.fromEntries(left.map(pair => pair.split('@')).map(([guid = '', txg]) => [guid, Number(txg)])),
	};
}

/** An XML id takes no colon, a pool's name does. */
export const leaseName = (pool: string): string => `twinpool-lease-${pool.replaceAll(':', '.')}`;

function textIn(cib: Cib, pool: string): string | undefined {
	const name = leaseName(pool);
	const found = [...below(child(cib.configuration, 'crm_config'))].find(({tag, at}) => tag === 'nvpair' && at['name'] === name);
	return found && (found.at['value'] ?? '');
}

/**
 * The lease as the CIB has it.
 * @throws {Error} what is there is no lease
 */
export function leaseIn(cib: Cib, pool: string): Lease | undefined {
	const text = textIn(cib, pool);
	return text === undefined ? undefined : parseLease(text);
}

/** Whether the CIB has this very lease. */
export const hasLease = (cib: Cib, pool: string, lease: Lease): boolean => textIn(cib, pool) === leaseText(lease);

/** Every lease that the CIB has, by the name of its pool or volume; in place of one that cannot be read, why. */
export function leases(cib: Cib): Map<string, Lease | string> {
	const pairs = [...below(child(cib.configuration, 'crm_config'))].filter(({tag}) => tag === 'nvpair');
	return new Map(
		pairs.flatMap(({at: {name = '', value = ''}}) => {
			const pool = /^twinpool-lease-(?<pool>.+)$/u.exec(name)?.groups?.['pool'];
			return pool === undefined ? [] : [[pool, read(value)] as const];
		}),
	);
}

function read(text: string): Lease | string {
	try {
		return parseLease(text);
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
}

/**
 * Compare and set: the CIB's own search for the old value decides, at the node that orders all changes.
 * @throws {CibError} `exists` or `nosuch`: it was changed meanwhile; everything else: it is not known to be changed
 */
export async function setLease(pool: string, before: Lease | undefined, after: Lease, deadline: Deadline): Promise<void> {
	const name = leaseName(pool);
	const pair = `<nvpair id="${name}-value" name="${name}" value="${leaseText(after)}"/>`;
	const change = (where: string, xml: string): Promise<string> => cibadmin(['-M', '--xpath', where, '-X', xml], deadline);
	if (before) {
		await change(`//nvpair[@id="${name}-value" and @value="${leaseText(before)}"]`, pair);
		return;
	}
	const set = `<cluster_property_set id="${name}">${pair}</cluster_property_set>`;
	try {
		await cibadmin(['-C', '-o', 'crm_config', '-X', set], deadline);
	} catch (error) {
		if (!(error instanceof CibError && error.fault === 'exists')) {
			throw error;
		}
		// crm_attribute deletes the property and leaves its set.
		await change(`//cluster_property_set[@id="${name}" and not(*)]`, set);
	}
}
