import * as z from 'zod/mini';
import {OCF, OcfError} from './codes.ts';

/** One parameter of an agent: how it is read, and what metadata, manual and README say of it. */
export interface Param<T = unknown> {
	type: 'string' | 'integer' | 'boolean' | 'select';
	short: string;
	long: string;
	required: boolean;
	unique: boolean;
	/** As the cluster manager shows it; the value that is used when none is given. */
	default: string | undefined;
	values?: readonly string[];
	schema: z.ZodMiniType<T, string>;
}

export type Params = Record<string, Param>;
/** The typed values of a declaration. */
export type Values<P extends Params> = {[K in keyof P]: P[K] extends Param<infer T> ? T : never};

interface About {
	short: string;
	long: string;
	required?: boolean;
	unique?: boolean;
	default?: string;
}

const param = <T>(type: Param['type'], schema: z.ZodMiniType<T, string>, about: About): Param<T> => ({
	type,
	schema,
	short: about.short,
	long: about.long,
	required: about.required ?? false,
	unique: about.unique ?? false,
	default: about.default,
});

/** A word or a line of text; `pattern` and `says` narrow it ("a DRBD resource name"). */
export const text = (about: About & {pattern?: RegExp; says?: string}): Param<string> => {
	const {pattern = /^[^\p{Cc}]*$/u, says = 'one line of text', ...rest} = about;
	return param('string', z.string().check(z.regex(pattern, {error: `expected ${says}`})), rest);
};

/** A whole number, not negative. */
export const whole = (about: About): Param<number> =>
	param(
		'integer',
		z.pipe(
			z.string().check(z.regex(/^\d{1,9}s?$/u, {error: 'expected a whole number'})),
			z.transform(word => Number.parseInt(word, 10)),
		),
		about,
	);

/** The words that ocf_is_true takes, in any case, and their contraries. */
export const flag = (about: About): Param<boolean> =>
	param(
		'boolean',
		z.pipe(
			z.string().check(z.regex(/^(1|0|yes|no|true|false|ja|nein|on|off|y|n|t|f)$/iu, {error: 'expected true or false'})),
			z.transform(word => /^(1|yes|true|ja|on|y|t)$/iu.test(word)),
		),
		about,
	);

type Four = readonly [number, number, number, number];
const numbers = (words: string): number[] => words.trim().split(/\s+/u).map(Number);
const rises = (all: number[]): boolean => all.every((number, index) => index === 0 || number >= (all[index - 1] ?? 0));

/** Four whole numbers, none smaller than the one before. */
export const scores = (about: About): Param<Four> =>
	param(
		'string',
		z.pipe(
			z.string().check(
				z.regex(/^\s*\d{1,9}(\s+\d{1,9}){3}\s*$/u, {error: 'expected four whole numbers'}),
				z.refine(words => rises(numbers(words)), {error: 'expected numbers that do not fall'}),
			),
			z.transform((words: string) => numbers(words) as unknown as Four),
		),
		about,
	);

/** One of a few words. */
export const choice = <const T extends readonly [string, ...string[]]>(values: T, about: About): Param<T[number]> => ({
	...param('select', z.enum(values, {error: `expected one of ${values.join(', ')}`}) as unknown as z.ZodMiniType<T[number], string>, about),
	values,
});

export type Env = Record<string, string | undefined>;

/**
 * The values that the cluster manager gave as OCF_RESKEY_name, checked.
 * With `lenient` (stop must do the right thing whatever it is given) a bad optional value falls back to its default.
 * @throws {OcfError} 6, naming the parameter, what was given and what was expected
 */
export function parse<P extends Params>(params: P, env: Env, lenient = false): Values<P> {
	const values: Record<string, unknown> = {};
	for (const [name, declared] of Object.entries(params)) {
		const given = env[`OCF_RESKEY_${name}`] ?? '';
		const fallback = declared.default ?? '';
		if (given === '' && declared.required) {
			throw new OcfError(OCF.ERR_CONFIGURED, `parameter ${name} is required and was not given: ${declared.short}`);
		}
		const result = declared.schema.safeParse(given === '' && declared.type !== 'string' ? fallback : given || fallback);
		if (result.success) {
			values[name] = result.data;
		} else if (lenient && !declared.required) {
			values[name] = declared.schema.parse(fallback);
		} else {
			throw new OcfError(OCF.ERR_CONFIGURED, `parameter ${name}: ${result.error.issues[0]?.message}, got "${given.slice(0, 60)}"`);
		}
	}
	return values as Values<P>;
}
