/** `unknown` is for what cannot be looked at, which is not well either. */
export type Level = 'well' | 'ill' | 'unknown';

export const KINDS = [
	'cluster',
	'node',
	'drbd',
	'alarm',
	'pool',
	'leg',
	'copy',
	'lease',
	'guests',
	'guest',
	'resource',
	'constraint',
	'fencing',
	'source',
] as const;
export type Kind = (typeof KINDS)[number];

/** One thing that is shown, in all three forms: on the screen, as a line, as JSON. */
export interface Item {
	kind: Kind;
	/** Of the resource, pool, guest, ...; empty where the kind says it all. */
	name: string;
	/** Whose state it is; empty where it is the cluster's. */
	node: string;
	/** The state in the words of the tool that told it. */
	words: string;
	level: Level;
	/** One sentence: what is amiss, or how far it is. */
	says?: string;
	/** Numbers by the name of their metric, which ends in the unit. */
	figures?: Readonly<Record<string, number>>;
}

/** Everything, in the order of KINDS. */
export interface View {
	host: string;
	/** This host first. */
	nodes: readonly string[];
	items: readonly Item[];
}

export const keyOf = ({kind, name, node}: Item): string => `${kind}\0${name}\0${node}`;

/** The worst that there is: what was found wrong tells more than what could not be seen. */
export function levelOf({items}: View): Level {
	const has = (level: Level): boolean => items.some(item => item.level === level);
	if (has('ill')) {
		return 'ill';
	}
	return has('unknown') ? 'unknown' : 'well';
}

/** The kinds that a node tells the others of, as attributes of its own: what they cannot see by themselves. */
const PUBLISHED: readonly Kind[] = ['pool', 'leg', 'copy', 'guests'];
const ILL = 'ill: ';

/** An item of this node as a node attribute: `twinpool-pool-tank` is `ONLINE`, or `ill: DEGRADED`. Nothing where it is not for others. */
export const attribute = ({kind, name, words, level}: Item): {name: string; value: string} | undefined =>
	PUBLISHED.includes(kind) && words !== ''
		? {name: `twinpool-${kind}${name === '' ? '' : `-${name}`}`, value: `${level === 'well' ? '' : ILL}${words}`}
		: undefined;

/** The item that a node attribute of another node stands for. */
export function fromAttribute(of: string, value: string, node: string): Item | undefined {
	const {kind: word, name = ''} = /^twinpool-(?<kind>[a-z]+)(?:-(?<name>.+))?$/u.exec(of)?.groups ?? {};
	const kind = PUBLISHED.find(one => one === word);
	const ill = value.startsWith(ILL);
	return kind && {kind, name, node, words: ill ? value.slice(ILL.length) : value, level: ill ? 'ill' : 'well'};
}
