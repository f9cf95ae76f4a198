import {compare} from '../drbd/config.ts';
import {property} from './cluster-facts.ts';
import {each, fencingOf, nine} from './drbd.ts';
import {type HostCheck, when} from './finding.ts';
import {programOf, type Resource} from './resources.ts';

const OURS = '/usr/lib/drbd/twinpool-';
const pathOf = (line: string | undefined): string => programOf(line ?? '');
const nameOf = (line: string | undefined): string => pathOf(line).replace(/^.*\//u, '');
const asked = (resource: Resource): boolean => fencingOf(resource) !== 'dont-care';

/** Why a fence-peer handler does nothing good with this version of DRBD; nothing when it is not known to. */
function unfit(name: string, is9: boolean): string | undefined {
	if (/^(rhcs_fence|drbd-peer-outdater|obliterate-peer\.sh)$/u.test(name)) {
		return 'it is for cluster managers of old, cman and heartbeat';
	}
	if (is9) {
		return name === 'crm-fence-peer.sh' || name === 'stonith_admin-fence-peer.sh'
			? 'it is for DRBD 8.4: version 9 does not tell it who the peer is'
			: undefined;
	}
	return name === 'crm-fence-peer.9.sh' ? 'it is for DRBD 9: version 8.4 does not tell it which nodes are UpToDate' : undefined;
}

/** It lifts what this fence-peer handler placed, when the peer is UpToDate again. */
const LIFTS = {
	nine: /(crm-unfence-peer\.9\.sh|twinpool-unfence-peer)/u,
	eight: /(crm-unfence-peer\.sh|twinpool-unfence-peer)/u,
};
const PLACES = /(crm-fence-peer(\.9)?\.sh|twinpool-fence-peer)$/u;

/** A script that may answer what the kernel asks: 3 to 7, or something that is worked out. */
const ANSWERS = /\bexit\s+(["']?\$|[3-7]\b)|\bexec\s+\S|\bexit\s*\(/u;

export const HANDLERS: readonly HostCheck[] = [
	{
		name: 'handler promotes',
		severity: 'loss',
		of: 'host',
		look: each((resource, {record}) =>
			[...resource.handlers]
				.filter(([, line]) => /\bdrbdadm\s+(-\S+\s+)*primary\b/u.test(record.programs[pathOf(line)]?.script ?? ''))
				.flatMap(([event, line]) =>
					when(
						true,
						`${pathOf(line)}, which ${resource.name} calls for ${event}, runs "drbdadm primary"`,
						'it promotes whatever is there, also what is known to be outdated; within a handler of 8.4 it waits for the lock that its caller holds',
						`"${OURS}${event}" in its place: who is promoted is for Pacemaker to say`,
					),
				),
		),
	},
	{
		name: 'handler kills by list',
		severity: 'loss',
		of: 'host',
		look: each((resource, {record}) =>
			[...resource.handlers]
				.filter(([, line]) => {
					const script = record.programs[pathOf(line)]?.script ?? '';
					return /\bvirsh\b[^\n]*\blist\b(?![^\n|]*--all)/u.test(script) && /\bvirsh\b[^\n]*\bdestroy\b/u.test(script);
				})
				.flatMap(([event, line]) =>
					when(
						true,
						`${pathOf(line)}, which ${resource.name} calls for ${event}, destroys what "virsh list" calls running`,
						'it misses paused and crashed guests, takes one after the other, and proves nothing: a guest may go on writing',
						'twinpool-fence-peer --guests URI, or /usr/lib/drbd/twinpool-fence-guests',
					),
				),
		),
	},
	{
		name: 'no handlers at all',
		severity: 'loss',
		of: 'host',
		look: each((resource, {record}) => {
			const helper = record.texts.helper?.trim();
			return when(
				asked(resource) && helper !== undefined && !/\/(drbdadm|tnf-drbd-fence\S*)$/u.test(helper),
				`DRBD's usermode_helper is "${helper}"`,
				'the kernel calls none of the handlers: nothing fences, whatever the configuration says',
				'no usermode_helper in /etc/modprobe.d; echo /sbin/drbdadm > /sys/module/drbd/parameters/usermode_helper',
			);
		}),
	},
	{
		name: 'no fence-peer',
		severity: 'stuck',
		of: 'host',
		look: each(resource =>
			when(
				asked(resource) && !resource.handlers.has('fence-peer'),
				`${resource.name} has fencing ${fencingOf(resource)} and no fence-peer handler`,
				'nobody answers the kernel: I/O stays frozen when the peer is lost, and a Secondary cannot be promoted',
				`handlers { fence-peer "${OURS}fence-peer"; } on both hosts; drbdadm adjust ${resource.name}`,
			),
		),
	},
	{
		name: 'no such handler',
		severity: 'stuck',
		of: 'host',
		look: each((resource, {record}) =>
			[...resource.handlers]
				.map(([event, line]) => ({event, path: pathOf(line), is: record.programs[pathOf(line)]}))
				.filter(({is}) => is !== undefined && !(is.there && is.runs))
				.flatMap(({event, path, is}) =>
					when(
						true,
						`${path}, which ${resource.name} calls for ${event}, ${is?.there ? 'is not executable' : 'is not there'}`,
						event === 'fence-peer'
							? 'I/O stays frozen when the peer is lost, and a Secondary cannot be promoted'
							: 'nothing happens when DRBD calls it',
						is?.there ? `chmod 755 ${path}` : `${event} "${OURS}${event}" on both hosts; drbdadm adjust ${resource.name}`,
					),
				),
		),
	},
	{
		name: 'handler of another version',
		severity: 'stuck',
		of: 'host',
		look: each((resource, facts) => {
			const name = nameOf(resource.handlers.get('fence-peer'));
			const why = facts.module === undefined ? undefined : unfit(name, nine(facts));
			return when(
				why !== undefined,
				`the fence-peer handler of ${resource.name} is ${name}, with DRBD ${facts.module}`,
				`${why}: I/O stays frozen when the peer is lost, and a Secondary cannot be promoted`,
				`handlers { fence-peer "${OURS}fence-peer"; }, which is for both versions`,
			);
		}),
	},
	{
		name: 'handler without an answer',
		severity: 'stuck',
		of: 'host',
		look: each((resource, {record}) => {
			const path = pathOf(resource.handlers.get('fence-peer'));
			const script = record.programs[path]?.script;
			return when(
				script !== undefined && asked(resource) && !PLACES.test(path) && !ANSWERS.test(script),
				`${path}, the fence-peer handler of ${resource.name}, never exits with 3 to 7`,
				'the kernel takes any other code for a broken handler: I/O stays frozen, and a Secondary cannot be promoted',
				`handlers { fence-peer "${OURS}fence-peer"; }`,
			);
		}),
	},
	{
		name: 'nobody lifts the constraint',
		severity: 'stuck',
		of: 'host',
		look: each((resource, facts) => {
			const {handlers} = resource;
			const lifts = nine(facts) ? LIFTS.nine : LIFTS.eight;
			const called = [handlers.get('unfence-peer'), handlers.get('after-resync-target')];
			return when(
				facts.module !== undefined &&
					asked(resource) &&
					PLACES.test(pathOf(handlers.get('fence-peer'))) &&
					!called.some(line => lifts.test(line ?? '')),
				`${resource.name} has a fence-peer handler, and no unfence-peer handler that lifts its constraint`,
				'after the first failover the other node may not be promoted any more',
				`handlers { unfence-peer "${OURS}unfence-peer"; } on both hosts; drbdadm adjust ${resource.name}`,
			);
		}),
	},
	{
		name: 'handler too old for Pacemaker',
		severity: 'stuck',
		of: 'host',
		look: each((resource, {cluster, utils}) => {
			const pacemaker = /^[\d.]+/u.exec((cluster && property(cluster, 'dc-version')) ?? '')?.[0];
			return when(
				/^crm-fence-peer(\.9)?\.sh$/u.test(nameOf(resource.handlers.get('fence-peer'))) &&
					pacemaker !== undefined &&
					utils !== undefined &&
					compare(pacemaker, '2.1.7') >= 0 &&
					compare(utils, '9.28.0') < 0,
				`crm-fence-peer of drbd-utils ${utils} with Pacemaker ${pacemaker}`,
				'it does not understand how Pacemaker writes down since when a node is a member (since 2.1.7), and waits for nothing: the promotion fails',
				`drbd-utils 9.28 or newer, or handlers { fence-peer "${OURS}fence-peer"; }`,
			);
		}),
	},
];
