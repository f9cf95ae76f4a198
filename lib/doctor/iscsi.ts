import {is, LEG} from './cluster-facts.ts';
import type {Facts} from './facts.ts';
import {type HostCheck, when} from './finding.ts';

type Session = Facts['record']['sessions'][number];

/** The disk without its partition. */
const disk = (name: string): string => name.replace(/(?<=^sd[a-z]+)\d+$/u, '');
/** The sessions that a pool that moves stands on, with the pool. */
const legs = ({record, vdevs, moving}: Facts): {session: Session; pool: string; devices: readonly string[]}[] =>
	moving.flatMap(pool =>
		record.sessions
			.filter(({disks}) =>
				(vdevs.get(pool) ?? []).some(device => disks.includes(disk((record.devices[device] ?? device).replace(/^.*\//u, '')))),
			)
			.map(session => ({session, pool, devices: vdevs.get(pool) ?? []})),
	);
const kept = ({cluster}: Facts, pool: string): boolean =>
	cluster?.primitives.some(one => is(one, LEG) && one.parameters.get('pool') === pool) ?? false;

/** The targets that legs are at, whether there is a session now or not. */
const targets = (facts: Facts): string[] => [
	...legs(facts).map(({session}) => session.target),
	...(facts.cluster?.primitives ?? [])
		.filter(one => is(one, LEG))
		.flatMap(({parameters}) => (parameters.get('target') ?? '').split(/\s+/u)),
];

/** A write that waits longer than this for a lost leg has its guests complain: Linux' own limit for a disk of a guest. */
const PATIENCE = 30;

export const ISCSI: readonly HostCheck[] = [
	{
		name: 'mirror without a lease',
		severity: 'loss',
		of: 'host',
		look: facts =>
			legs(facts)
				.filter(({pool, devices}) => devices.length > 1 && !kept(facts, pool))
				.flatMap(({pool, session}) =>
					when(
						true,
						`pool ${pool} has a half at ${session.target}, and no ocf:twinpool:iscsi-leg`,
						'each half can be imported alone, and nothing says which one has everything: what the other one took is lost',
						'ocf:twinpool:iscsi-leg before the pool: examples/iscsi-mirror.crm',
					),
				),
	},
	{
		name: 'logged in at boot',
		severity: 'loss',
		of: 'host',
		look: facts =>
			facts.record.nodes
				.filter(({target, startup}) => startup !== 'manual' && targets(facts).includes(target))
				.flatMap(({target, startup}) =>
					when(
						true,
						`the record of ${target} has node.startup = ${startup}`,
						'at boot it logs in to the half that the other host may have in use, before the cluster is there',
						`iscsiadm -m node -T ${target} -o update -n node.startup -v manual`,
					),
				),
	},
	{
		name: 'open target',
		severity: 'loss',
		of: 'host',
		look: ({record}) =>
			record.open.flatMap(target =>
				when(
					true,
					`target ${target} lets in whoever reaches it, without CHAP (generate_node_acls=1)`,
					'a host that logs in by mistake can write to a half of the pool',
					`targetcli /iscsi/${target}/tpg1 set attribute generate_node_acls=0; an ACL for the other host, as examples/iscsi-export.sh makes it`,
				),
			),
	},
	{
		name: 'writes wait for a lost leg',
		severity: 'stuck',
		of: 'host',
		look: facts =>
			legs(facts)
				.filter(({session, pool}) => !kept(facts, pool) && (Number(session.replacement) > PATIENCE || !(Number(session.replacement) >= 0)))
				.flatMap(({session, pool}) =>
					when(
						true,
						`the session of ${session.target} has replacement_timeout ${session.replacement}`,
						Number(session.replacement) >= 0
							? `every write of ${pool} waits ${session.replacement} s for a leg that is gone, and guests take that for a broken disk`
							: `every write of ${pool} waits for ever for a leg that is gone`,
						`ocf:twinpool:iscsi-leg, which lets it go when the cluster knows; or iscsiadm -m node -T ${session.target} -o update -n node.session.timeo.replacement_timeout -v 10, and log in again`,
					),
				),
	},
	{
		name: 'leg given up early',
		severity: 'loss',
		of: 'host',
		look: facts =>
			legs(facts)
				.filter(({session, pool}) => kept(facts, pool) && Number(session.replacement) >= 0 && session.replacement !== '')
				.flatMap(({session, pool}) =>
					when(
						true,
						`the session of ${session.target} has replacement_timeout ${session.replacement}, not off`,
						`after ${session.replacement} s the kernel fails the writes of ${pool} to that half by itself, before the cluster knows that it is behind`,
						'crm_resource --restart for the leg: its start sets it; who else does is in /etc/iscsi/iscsid.conf',
					),
				),
	},
	{
		name: 'dead link not noticed',
		severity: 'stuck',
		of: 'host',
		look: facts =>
			legs(facts)
				.filter(({session}) => session.interval === '0' || session.timeout === '0')
				.flatMap(({session, pool}) =>
					when(
						true,
						`the session of ${session.target} sends no pings (noop_out_interval ${session.interval}, noop_out_timeout ${session.timeout})`,
						`a link that is dead without a word is not noticed until TCP gives up, after a quarter of an hour: so long every write of ${pool} waits`,
						`iscsiadm -m node -T ${session.target} -o update -n "node.conn[0].timeo.noop_out_interval" -v 2, the same for noop_out_timeout, and log in again`,
					),
				),
	},
];
