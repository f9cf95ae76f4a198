import {compare} from '../drbd/config.ts';
import type {Facts} from './facts.ts';
import {fences} from './fencing.ts';
import {type Finding, type HostCheck, when} from './finding.ts';
import type {Resource} from './resources.ts';

/** A look at each resource. */
type Look = (resource: Resource, facts: Facts) => Finding[];
export const each =
	(look: Look): HostCheck['look'] =>
	facts =>
		(facts.drbd ?? []).flatMap(resource => look(resource, facts));

export const edit = ({name, element}: Resource, what: string): string =>
	`${what} in ${element.at['conf-file-line']?.replace(/:\d+$/u, '') ?? `the resource ${name}`} on both hosts; then drbdadm adjust ${name}`;

/** DRBD 9 has it in net, 8.4 in disk; either may still have it in the other one's place. */
export const fencingOf = (resource: Resource): string =>
	resource.option('net', 'fencing') ?? resource.option('disk', 'fencing') ?? 'dont-care';
export const nine = ({module}: Facts): boolean => module !== undefined && compare(module, '9.0.0') >= 0;
const section = (facts: Facts): string => (facts.module === undefined || nine(facts) ? 'net' : 'disk');

/** DRBD 9's own quorum of three or more decides instead of fencing. */
const third = ({hosts, option}: Resource): boolean => hosts.length > 2 && (option('options', 'quorum') ?? 'off') !== 'off';
/** drbd-reactor promotes here, and no cluster. */
export const reactor = ({record}: Facts): boolean => record.units['drbd-reactor.service'] === 'enabled';

/** Each throws away one side's writes by itself, whatever is in them. */
const DISCARDS: Record<string, RegExp> = {
	'after-sb-0pri': /^discard-(?!zero-changes$)/u,
	'after-sb-1pri': /^(discard-secondary|call-pri-lost-after-sb|violently-as0p)$/u,
	'after-sb-2pri': /^(call-pri-lost-after-sb|violently-as0p)$/u,
};

export const REPLICATION: readonly HostCheck[] = [
	{
		name: 'no fencing policy',
		severity: 'loss',
		of: 'host',
		look: each((resource, facts) =>
			when(
				fencingOf(resource) === 'dont-care' && !(third(resource) || reactor(facts)),
				`${resource.name} has no fencing policy (dont-care)`,
				'when the link is cut the Primary goes on alone, and the other side may be promoted, too: a split-brain, of which one half is thrown away',
				edit(
					resource,
					`${section(facts)} { fencing resource-and-stonith; } and handlers { fence-peer "/usr/lib/drbd/twinpool-fence-peer"; }`,
				),
			),
		),
	},
	{
		name: 'resource-only',
		severity: 'loss',
		of: 'host',
		look: each((resource, facts) =>
			when(
				fencingOf(resource) === 'resource-only' && facts.cluster !== undefined && fences(facts.cluster),
				`${resource.name} has fencing resource-only`,
				'the Primary goes on writing while its peer is being fenced: when it is the one that is turned off, what it acknowledged meanwhile is lost',
				edit(resource, `${section(facts)} { fencing resource-and-stonith; }`),
			),
		),
	},
	{
		name: 'not synchronous',
		severity: 'loss',
		of: 'host',
		look: each(resource => {
			const protocol = resource.option('net', 'protocol') ?? 'C';
			return when(
				protocol !== 'C',
				`${resource.name} has protocol ${protocol}`,
				'a write is acknowledged before the peer has it on disk: what was on its way is lost at each failover',
				edit(resource, 'net { protocol C; }'),
			);
		}),
	},
	{
		name: 'dual primary',
		severity: 'loss',
		of: 'host',
		look: each(resource =>
			when(
				/^(yes|true)$/u.test(resource.option('net', 'allow-two-primaries') ?? 'no'),
				`${resource.name} has allow-two-primaries`,
				'nothing in DRBD keeps a pool from being imported on both hosts at once; it is for the time of a live migration at most',
				edit(resource, 'no allow-two-primaries'),
			),
		),
	},
	{
		name: 'auto-promote',
		severity: 'loss',
		of: 'host',
		look: each((resource, facts) =>
			when(
				nine(facts) && resource.option('options', 'auto-promote') !== 'no' && !reactor(facts),
				`${resource.name} has auto-promote, DRBD 9's default`,
				'whoever opens the device for writing makes this host Primary, beside the cluster',
				edit(resource, 'options { auto-promote no; }'),
			),
		),
	},
	{
		name: 'split-brain by policy',
		severity: 'loss',
		of: 'host',
		look: each(resource =>
			Object.entries(DISCARDS)
				.filter(([name, bad]) => bad.test(resource.option('net', name) ?? 'disconnect'))
				.flatMap(([name]) =>
					when(
						true,
						`${resource.name} has ${name} ${resource.option('net', name)}`,
						"after a split-brain one side's writes are thrown away without a word",
						edit(resource, `net { ${name} disconnect; }`),
					),
				),
		),
	},
	{
		name: 'promoted at boot',
		severity: 'loss',
		of: 'host',
		look: each(resource => {
			const who = resource.option('startup', 'become-primary-on');
			return when(
				who !== undefined,
				`${resource.name} has become-primary-on ${who}`,
				'a node that boots promotes it, whoever has it meanwhile',
				edit(resource, 'no become-primary-on'),
			);
		}),
	},
];
