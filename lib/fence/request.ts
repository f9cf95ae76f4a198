import {parseArgs} from 'node:util';
import type {Values} from '../ocf/params.ts';
import {StonithError} from './codes.ts';
import type {FenceParam, FenceParams} from './parameters.ts';

/** What was asked for, by the parameters' names of today, and what about it is worth saying. */
export interface Given {
	values: Record<string, string>;
	notes: string[];
}

/** What cluster managers add for themselves. */
const THEIRS = /^(nodename|crm_feature_set|CRM_meta_.*|pcmk_.*|stonith-timeout|priority|provides)$/u;

/** Each name under which a parameter is given: today's, the one it had once, and either with the other dash. */
function names(params: FenceParams): Map<string, string> {
	const all = new Map<string, string>();
	for (const [name, {was}] of Object.entries(params)) {
		for (const one of [name, was ?? name]) {
			all.set(one, name).set(one.replace(/_/gu, '-'), name);
		}
	}
	return all;
}

const unquoted = (value: string): string => /^(?<quote>["'])(?<inside>.*)\k<quote>$/u.exec(value)?.groups?.['inside'] ?? value;

/** Standard input: a `name=value` a line, comments, the last one of a name wins, and what is unknown is said and ignored. */
export function fromLines(text: string, params: FenceParams): Given {
	const known = names(params);
	const given: Given = {values: {}, notes: []};
	for (const line of text.split(/\r?\n/u).map(one => one.trim())) {
		if (line === '' || line.startsWith('#')) {
			continue;
		}
		const at = line.indexOf('=');
		const key = (at < 0 ? line : line.slice(0, at)).trim();
		const value = at < 0 ? '' : unquoted(line.slice(at + 1).trim());
		const name = known.get(key);
		if (name === undefined) {
			// Only the name: nobody knows whether the value is a secret.
			given.notes.push(...(THEIRS.test(key) ? [] : [`unknown parameter ${key.slice(0, 40)} ignored`]));
		} else if (value === '') {
			given.notes.push(`parameter ${key} has no value: ignored`);
			delete given.values[name];
		} else {
			given.values[name] = value;
		}
	}
	return given;
}

/** The same as options. Nobody types a fencing command so often that a mistyped option should be guessed at. */
export function fromArgv(argv: readonly string[], params: FenceParams): Given {
	const known = names(params);
	const kind = ({type}: FenceParam): 'boolean' | 'string' => (type === 'boolean' ? 'boolean' : 'string');
	const options = [...known].flatMap(([option, name]) => {
		const param = params[name];
		const letter = option === name ? param?.letter : undefined;
		return param ? [[option, {type: kind(param), multiple: true, ...(letter && {short: letter})}] as const] : [];
	});
	try {
		const {tokens} = parseArgs({args: [...argv], options: Object.fromEntries(options), strict: true, tokens: true});
		const values: Record<string, string> = {};
		for (const token of tokens) {
			if (token.kind === 'option') {
				values[known.get(token.name) ?? token.name] = token.value ?? '1';
			}
		}
		return {values, notes: []};
	} catch (error) {
		throw new StonithError('options', `${error instanceof Error ? error.message : String(error)} (--help shows the options)`);
	}
}

/** The typed values, each checked. @throws {StonithError} naming the parameter and what would be right */
export function checked<P extends FenceParams>(params: P, given: Record<string, string>): Values<P> {
	const values: Record<string, unknown> = {};
	for (const [name, {schema, default: fallback = ''}] of Object.entries(params)) {
		const result = schema.safeParse(given[name] || fallback);
		if (!result.success) {
			throw new StonithError('options', `parameter ${name}: ${result.error.issues[0]?.message}, got "${given[name]?.slice(0, 60)}"`);
		}
		values[name] = result.data;
	}
	return values as Values<P>;
}
