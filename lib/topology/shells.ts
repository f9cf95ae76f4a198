import type {Cib, Operation, Resource} from './cib.ts';

type Values = Cib['properties'];

const PLAIN = /^[\w.:/@-]+$/u;
const listed = (values: Values, quote: string): string[] =>
	Object.entries(values).map(([name, value]) => {
		const text = String(value);
		return `${name}=${PLAIN.test(text) ? text : `${quote}${text}${quote}`}`;
	});
const operation = ({name, timeout, interval, role}: Operation): string =>
	[name, role && `role=${role}`, interval && `interval=${interval}s`, `timeout=${timeout}s`].filter(Boolean).join(' ');
const nameOf = ({id, clone}: Resource): string => (clone ? `${id}-clone` : id);

function crmResource(resource: Resource): string[] {
	const {id, agent, parameters, operations, meta, clone, not, on, behind} = resource;
	const own = nameOf(resource);
	const lines = [
		`primitive ${id} ${agent} \\\n\tparams ${listed(parameters, '"').join(' ')}`,
		...operations.map(one => `\top ${operation(one)}`),
		...(meta ? [`\tmeta ${listed(meta, '"').join(' ')}`] : []),
	];
	return [
		lines.join(' \\\n'),
		...(clone ? [`clone ${own} ${id} \\\n\tmeta ${listed(clone, '"').join(' ')}`] : []),
		...(not ? [`location ${own}-elsewhere ${own} -inf: ${not}`] : []),
		...(on
			? [
					`colocation ${own}-with-${on.id} inf: ${own} ${on.id}${on.promoted ? ':Promoted' : ''}`,
					`order ${on.id}-before-${own} Mandatory: ${on.id}${on.promoted ? ':promote' : ':start'} ${own}:start`,
				]
			: []),
		...(behind ? [`location ${own}-not-behind ${own} rule -inf: twinpool-behind-${behind} eq 1`] : []),
	];
}

/** For `crm configure load update`. */
export const crm = ({properties, defaults, resources}: Cib): string =>
	[
		'# written by twinpool configure: crm configure load update cluster.crm',
		...resources.flatMap(crmResource),
		`property ${listed(properties, '"').join(' ')}`,
		`rsc_defaults ${listed(defaults, '"').join(' ')}`,
		'',
	].join('\n');

function pcsResource(resource: Resource): string[] {
	const {id, agent, parameters, operations, meta, clone, not, on, behind} = resource;
	const own = nameOf(resource);
	const [, type = agent] = /^stonith:(.*)/u.exec(agent) ?? [];
	const create = [
		`pcs ${type === agent ? 'resource' : 'stonith'} create ${id} ${type} ${listed(parameters, "'").join(' ')}`,
		`\top ${operations.map(operation).join(' ')}`,
		...(meta ? [`\tmeta ${listed(meta, "'").join(' ')}`] : []),
		...(clone
			? [
					`\t${clone['promotable'] ? 'promotable' : 'clone'} ${listed({...clone, promotable: ''}, "'")
						.filter(one => !one.startsWith('promotable='))
						.join(' ')}`,
				]
			: []),
	];
	return [
		create.join(' \\\n'),
		...(not ? [`pcs constraint location ${own} avoids ${not}`] : []),
		...(on
			? [
					`pcs constraint colocation add ${own} with ${on.promoted ? 'Promoted ' : ''}${on.id} INFINITY`,
					`pcs constraint order ${on.promoted ? 'promote' : 'start'} ${on.id} then start ${own}`,
				]
			: []),
		...(behind ? [`pcs constraint location ${own} rule score=-INFINITY twinpool-behind-${behind} eq 1`] : []),
	];
}

/**
 * The same as a script for pcs. It is for a cluster that has nothing of it yet: pcs creates, and does not update. All of it goes to the
 * cluster at once: a pool that is there before its constraints is started where DRBD is not promoted (seen in the lab).
 */
export const pcs = ({properties, defaults, resources}: Cib): string =>
	[
		'#!/bin/sh',
		'# written by twinpool configure: sh cluster.pcs, once; the cluster gets all of it at the end, or nothing',
		'set -e',
		// A folder of its own: a name beside another file's in /tmp may be anybody's link, and the CIB holds secrets.
		'tmp=$(mktemp -d)',
		`trap 'rm -rf "$tmp"' EXIT`,
		'pcs cluster cib "$tmp/now"',
		'cp "$tmp/now" "$tmp/new"',
		...[
			`pcs property set ${listed(properties, "'").join(' ')}`,
			`pcs resource defaults update ${listed(defaults, "'").join(' ')}`,
			...resources.flatMap(pcsResource),
		].map(line => line.replace(/^pcs/u, 'pcs -f "$tmp/new"')),
		'pcs cluster cib-push "$tmp/new" diff-against="$tmp/now"',
		'',
	].join('\n');
