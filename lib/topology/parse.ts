import {isMap, isScalar, LineCounter, parseDocument} from 'yaml';
import {type Topology, topology} from './schema.ts';

/** A topology, or what is wrong with its text, a line each: FILE:LINE: KEY: what would be right. */
export type Parsed = {topology: Topology; problems?: never} | {topology?: never; problems: string[]};

type Path = readonly PropertyKey[];

export function parseTopology(text: string, file: string): Parsed {
	const lines = new LineCounter();
	const document = parseDocument(text, {lineCounter: lines});
	const lineAt = (offset: number): number => lines.linePos(offset).line;
	if (document.errors.length > 0) {
		return {problems: document.errors.map(({pos, message}) => `${file}:${lineAt(pos[0])}: expected YAML: ${message.split('\n')[0]}`)};
	}
	/** The line of a key; of what it is missing in, when it is not there. */
	const lineOf = (path: Path): number => {
		const within = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
		const pair = isMap(within) ? within.items.find(({key}) => isScalar(key) && key.value === path.at(-1)) : undefined;
		const own = pair?.key as {range?: [number, number, number]} | undefined;
		const found = (own ?? (path.length > 0 ? (document.getIn(path, true) as typeof own) : undefined))?.range;
		if (found) {
			return lineAt(found[0]);
		}
		return path.length > 0 ? lineOf(path.slice(0, -1)) : 1;
	};
	const problem = (path: Path, says: string): string => `${file}:${lineOf(path)}: ${path.join('.') || 'file'}: ${says}`;
	let given: unknown;
	try {
		given = document.toJS();
	} catch (error) {
		return {problems: [`${file}:1: file: expected YAML with aliases that lead somewhere: ${String(error)}`]};
	}
	const result = topology.safeParse(given);
	if (result.success) {
		return {topology: result.data};
	}
	return {
		problems: result.error.issues.flatMap(issue => {
			if (issue.code === 'unrecognized_keys') {
				return issue.keys.map(key =>
					problem([...issue.path, key], 'is no key that is known here: take it out, or see twinpool-topology(5)'),
				);
			}
			const inner = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
			return problem(issue.path, inner ?? issue.message);
		}),
	};
}
