import {PATIENCE} from '../fence/fence.ts';
import {type Cluster, DRBD, GUESTS, is, LEG, POOL, property, stored, timeoutOf} from './cluster-facts.ts';
import type {Facts} from './facts.ts';
import {fences} from './fencing.ts';
import {type ClusterCheck, type Finding, when} from './finding.ts';
import {seconds} from './values.ts';

/** How long LINBIT's handlers wait for the fencing unless told, in seconds (crm-fence-peer: --timeout). */
const LINBIT = 90;
/** What an import takes beside listening, in seconds: labels to read, datasets to mount. */
const IMPORT = 10;
/** Pacemaker's own. */
const STONITH = 60;
/** Agents of ours give themselves this part of an operation's time. */
const OWN = 0.9;

/** How long the fence-peer handler of a resource waits within a promotion; nothing where that is not known. */
function patience(line: string): number | undefined {
	const given = seconds(/(?:--timeout[= ]|-t\s*)(\d+\w*)/u.exec(line)?.[1]);
	const program = /^\S*\/(\S+)/u.exec(line.trim())?.[1] ?? '';
	if (program === 'twinpool-fence-peer') {
		return given ?? PATIENCE.Secondary;
	}
	return /^crm-fence-peer(\.9)?\.sh$/u.test(program) ? (given ?? LINBIT) : undefined;
}

const change = (id: string, name: string, timeout: number): string =>
	`crm configure edit ${id} (pcs resource update ${id} op ${name} timeout=${timeout}s): op ${name} timeout=${timeout}s`;

/** The DRBD resources of the cluster with what their handler waits for. */
const handled = (cluster: Cluster, {drbd}: Facts): {id: string; waits: number; promote: number}[] =>
	cluster.primitives
		.filter(one => is(one, ...DRBD))
		.flatMap(one => {
			const line = drbd?.find(({name}) => name === one.parameters.get('drbd_resource'))?.handlers.get('fence-peer');
			const waits = line === undefined ? undefined : patience(line);
			return waits === undefined ? [] : [{id: one.id, waits, promote: timeoutOf(cluster, one, 'promote')}];
		});

/** How long an import of a pool with multihost=on listens for another host, at least, in seconds: OpenZFS' own rule, with its part of chance. */
function listens({record}: Facts): number {
	const interval = Number(record.texts.interval ?? 1000);
	const intervals = Number(record.texts.imports ?? 20);
	return Math.ceil((interval * intervals * 1.25) / 1000);
}

export const TIMING: readonly ClusterCheck[] = [
	{
		name: 'promote before fence-peer',
		severity: 'stuck',
		of: 'cluster',
		look: (cluster, facts) =>
			handled(cluster, facts).flatMap(({id, waits, promote}) =>
				when(
					promote <= waits,
					`promote of ${id} has ${promote} s, and its fence-peer handler waits ${waits} s for the fencing`,
					'Pacemaker ends the promotion while the handler waits: the failover fails when the fencing is slow',
					change(id, 'promote', waits + 30),
				),
			),
	},
	{
		name: 'fence-peer before STONITH',
		severity: 'stuck',
		of: 'cluster',
		look(cluster, facts) {
			const stonith = seconds(property(cluster, 'stonith-timeout')) ?? STONITH;
			return handled(cluster, facts).flatMap(({id, waits}) =>
				when(
					fences(cluster) && waits < stonith,
					`the fence-peer handler of ${id} waits ${waits} s, and stonith-timeout is ${stonith} s`,
					'it gives up while the fencing still runs: the promotion fails, or I/O stays frozen',
					`fence-peer "... --timeout ${stonith + 30}" on both hosts, drbdadm adjust; and promote with ${stonith + 60} s`,
				),
			);
		},
	},
	{
		name: 'default timeout',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			stored(cluster).flatMap(one => {
				const needed = ['start', 'stop', ...(one.clone?.promotable ? ['promote', 'demote'] : [])];
				const bare = needed.filter(
					name => cluster.timeout === undefined && one.operations.find(op => op.name === name)?.timeout === undefined,
				);
				return when(
					bare.length > 0,
					`${one.id} has no timeout for ${bare.join(', ')}`,
					`Pacemaker takes 20 s, and ends it in the middle${bare.includes('stop') ? '; a stop that was ended has its node fenced' : ''}`,
					change(one.id, bare[0] ?? 'stop', 120),
				);
			}),
	},
	{
		name: 'monitor before stall',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			cluster.primitives
				.filter(one => is(one, LEG))
				.flatMap(leg => {
					const stall = Number(leg.parameters.get('stall') ?? 10);
					const pool = leg.parameters.get('pool');
					const short = cluster.primitives
						.filter(one => is(one, ...POOL, LEG, GUESTS) && one.parameters.get('pool') === pool)
						.map(one => ({id: one.id, timeout: timeoutOf(cluster, one, 'monitor')}))
						.filter(({timeout}) => timeout <= stall);
					return short.flatMap(({id, timeout}) =>
						when(
							true,
							`the monitor of ${id} has ${timeout} s, and stall of ${leg.id} is ${stall} s`,
							'while a write waits for a lost leg the monitor runs out of time, and the pool is moved for nothing',
							change(id, 'monitor', stall + 20),
						),
					);
				}),
	},
	{
		name: 'start before MMP',
		severity: 'stuck',
		of: 'cluster',
		look: (cluster, facts) =>
			cluster.primitives
				.filter(one => is(one, ...POOL) && facts.properties.get(one.parameters.get('pool') ?? '')?.get('multihost') === 'on')
				.flatMap((one): Finding[] => {
					const [start, need] = [timeoutOf(cluster, one, 'start'), listens(facts) + IMPORT];
					return when(
						start * OWN < need,
						`${one.parameters.get('pool')} has multihost=on, and start of ${one.id} has ${start} s`,
						`after a failover the import listens up to ${listens(facts)} s for another host first: the start runs out of time`,
						change(one.id, 'start', 2 * need),
					);
				}),
	},
	{
		name: 'guests cut short',
		severity: 'stuck',
		of: 'cluster',
		look: cluster =>
			cluster.primitives
				.filter(one => is(one, GUESTS))
				.flatMap(one => {
					const [asked, stop] = [Number(one.parameters.get('stop_timeout') ?? 120), timeoutOf(cluster, one, 'stop')];
					return when(
						stop <= asked,
						`stop of ${one.id} has ${stop} s, and stop_timeout is ${asked} s`,
						'guests are destroyed before they had the time to shut down that they were promised',
						change(one.id, 'stop', asked + 90),
					);
				}),
	},
];
