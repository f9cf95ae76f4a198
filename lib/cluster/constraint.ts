import type {Cib, ClusterNode} from './cib.ts';
import {below, child, type Element} from './xml.ts';

/** Providers whose agents run a DRBD resource named by the parameter drbd_resource. */
const OURS = 'twinpool';
const PROVIDERS = new Set(['linbit', OURS, 'heartbeat']);

/** The clones that run this DRBD resource, and the primitive in each; `ours`, where its agent is this project's. */
export function clonesOf(cib: Cib, resource: string): {clone: string; primitive: string; ours: boolean}[] {
	const resources = child(cib.configuration, 'resources');
	const ids = new Map([...below(resources)].flatMap(one => (one.at['id'] ? [[one.at['id'], one]] : [])));
	return (resources?.children ?? [])
		.filter(({tag}) => tag === 'clone' || tag === 'master')
		.flatMap(clone =>
			[...below(clone)]
				.filter(one => one.tag === 'primitive' && names(one, resource, ids))
				.map(one => ({clone: clone.at['id'] ?? '', primitive: one.at['id'] ?? '', ours: providerOf(one, ids) === OURS})),
		);
}

const providerOf = (primitive: Element, ids: Map<string, Element>): string =>
	primitive.at['provider'] ?? ids.get(primitive.at['template'] ?? '')?.at['provider'] ?? '';

/** Whether a primitive is DRBD's and names this resource: itself, by its template, or by a reference. */
function names(primitive: Element, resource: string, ids: Map<string, Element>): boolean {
	if (!PROVIDERS.has(providerOf(primitive, ids))) {
		return false;
	}
	const own = parameter(primitive, ids);
	return (own ?? parameter(ids.get(primitive.at['template'] ?? ''), ids)) === resource;
}

function parameter(from: Element | undefined, ids: Map<string, Element>): string | undefined {
	const sets = from?.children.filter(({tag}) => tag === 'instance_attributes') ?? [];
	for (const set of sets) {
		for (const pair of resolved(set, ids).children.map(one => resolved(one, ids))) {
			if (pair.tag === 'nvpair' && pair.at['name'] === 'drbd_resource') {
				return pair.at['value'];
			}
		}
	}
	return undefined;
}

const resolved = (one: Element, ids: Map<string, Element>): Element => ids.get(one.at['id-ref'] ?? '') ?? one;

/** A node attribute that constraints may go by instead of the name, as the configuration has it. */
export function attributeOf(cib: Cib, node: ClusterNode, name: string): string | undefined {
	if (name === '#uname') {
		return node.name;
	}
	const declared = child(cib.configuration, 'nodes')?.children.find(({at}) => at['id'] === node.id);
	return [...below(declared)].find(({tag, at}) => tag === 'nvpair' && at['name'] === name)?.at['value'];
}

/** How a fence constraint is named and what it goes by: LINBIT's scheme, so that either tool finds and lifts the other's. */
export interface Scheme {
	/** `drbd-fence-by-handler`; the resource's name is appended. */
	prefix: string;
	resource: string;
	clone: string;
	/** `#uname`, or a node attribute. */
	attribute: string;
	/** Master or Promoted. */
	role: string;
	/**
	 * Which run of fence-peer writes it, at the end of its expressions' ids: LINBIT's scripts compare everything but ids. Whoever lifts a
	 * constraint can so tell the one that was there before from one that was written since.
	 */
	mark?: string;
}

export const newMark = (): string => `${Date.now().toString(36)}-${process.pid.toString(36)}`;

/** A node that may be promoted: its value of the scheme's attribute, and on DRBD 9 its node id. */
export interface Allowed {
	value: string;
	nodeId?: number;
}

/** The prefix that it has where nobody chose another one. */
export const PREFIX = 'drbd-fence-by-handler';

export const constraintId = ({prefix, resource, clone}: Scheme): string => `${prefix}-${resource}-${clone}`;

/** The constraint: no node may be promoted whose value is none of these. */
export function constraint(scheme: Scheme, allowed: readonly Allowed[]): Element {
	const {prefix, resource, clone, attribute, role, mark} = scheme;
	const each = allowed.map(({value, nodeId}): Element => {
		const id = `${prefix}-${resource}-expr-${nodeId === undefined ? '' : `${nodeId}-`}${clone}${mark === undefined ? '' : `.${mark}`}`;
		return {tag: 'expression', at: {attribute, operation: 'ne', value, id}, children: []};
	});
	const rule = {tag: 'rule', at: {role, score: '-INFINITY', id: `${prefix}-${resource}-rule-${clone}`}, children: each};
	return {tag: 'rsc_location', at: {rsc: clone, id: constraintId(scheme)}, children: [rule]};
}

/** The fence constraint that stands in the CIB, if there is one, and whom it allows; `undefined` where its rule is none of ours. */
export interface Standing {
	element: Element;
	allowed: string[] | undefined;
}

export function standing(cib: Cib, scheme: Scheme): Standing | undefined {
	const id = constraintId(scheme);
	const element = child(cib.configuration, 'constraints')?.children.find(({at}) => at['id'] === id);
	return element && {element, allowed: allowedBy(element, scheme)};
}

const expressions = (element: Element): Element[] => [...below(element)].filter(({tag}) => tag === 'expression');

/** The ids of a constraint's expressions: others each time that fence-peer writes it. */
const idsOf = (element: Element): string[] => expressions(element).map(({at}) => at['id'] ?? '');

/** Whether the run of this mark wrote it. */
export const markedBy = (element: Element, mark: string | undefined): boolean =>
	mark !== undefined && idsOf(element).every(id => id.endsWith(`.${mark}`));

function allowedBy({tag, at, children}: Element, {attribute, clone}: Scheme): string[] | undefined {
	const [rule, ...more] = children;
	if (tag !== 'rsc_location' || at['rsc'] !== clone || rule?.tag !== 'rule' || more.length > 0) {
		return undefined;
	}
	const plain =
		rule.at['score'] === '-INFINITY' && (rule.at['boolean-op'] ?? 'and') === 'and' && /^(Master|Promoted)$/iu.test(rule.at['role'] ?? '');
	const values = rule.children.map(one =>
		one.at['operation'] === 'ne' && one.at['attribute'] === attribute ? one.at['value'] : undefined,
	);
	return plain && values.every(value => value !== undefined) ? values : undefined;
}

/** Every fence constraint in the CIB, by LINBIT's naming: whoever is not allowed may not be promoted. */
export const fences = (cib: Cib): {id: string; allowed: string[]}[] =>
	(child(cib.configuration, 'constraints')?.children ?? [])
		.filter(({tag, at}) => tag === 'rsc_location' && at['id']?.startsWith(`${PREFIX}-`))
		.map(one => ({
			id: one.at['id'] ?? '',
			allowed: [...below(one)].flatMap(({tag, at}) => (tag === 'expression' && at['value'] ? [at['value']] : [])),
		}));

/** An XPath that finds the constraint only as long as it is exactly what was seen: replacing or deleting by it is a compare-and-swap. */
export function exactly(element: Element): string {
	const all = expressions(element);
	const one = ({at: {value = '', id = ''}}: Element): string => ` and rule/expression[@value=${literal(value)} and @id=${literal(id)}]`;
	const each = all.map(one).join('');
	return `//rsc_location[@id=${literal(element.at['id'] ?? '')} and count(rule/expression)=${all.length}${each}]`;
}

/** XPath 1.0 has no escapes: a name with both kinds of quotes is no node's name. */
const literal = (value: string): string => (value.includes("'") ? `"${value.replaceAll('"', '')}"` : `'${value}'`);

/**
 * The word for the role that may not be taken. Every schema of Pacemaker up to 4.0 takes Master, and LINBIT's scripts compare
 * the text when they meet our constraint; from schema 4 on Pacemaker warns of it, and Promoted is written.
 */
export const roleWord = ({schema}: Cib): 'Master' | 'Promoted' =>
	Number(/^pacemaker-(\d+)/u.exec(schema)?.[1] ?? 3) >= 4 ? 'Promoted' : 'Master';
