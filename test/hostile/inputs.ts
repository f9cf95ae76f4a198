// Inputs that nobody wishes for: noise, and captures of the real tools that something happened to.
import {readdirSync, readFileSync} from 'node:fs';
import fc from 'fast-check';

const FIXTURE = new URL('../fixture/', import.meta.url);

/** What the tools printed, by the paths of the captures below test/fixture. */
export function captures(which: RegExp): string[] {
	const found = readdirSync(FIXTURE, {recursive: true, encoding: 'utf8'}).filter(name => which.test(name));
	const texts = found.sort().map(name => {
		const text = readFileSync(new URL(name, FIXTURE), 'utf8');
		return name.endsWith('.json') ? (JSON.parse(text) as {stdout: string}).stdout : text;
	});
	if (texts.length === 0) {
		throw new Error(`no capture is called ${which}`);
	}
	return texts;
}

/** Words that mean something to JavaScript, to a shell, to a parser, or to nobody. */
const ODD = [
	'',
	'\0',
	'\n',
	'\r',
	'\t',
	'\ud800',
	'\u2028',
	'__proto__',
	'constructor',
	'toString',
	'undefined',
	'null',
	'NaN',
	'Infinity',
	'-1',
	'0x10',
	'1e400',
	'99999999999999999999',
	'9'.repeat(5000),
	'a'.repeat(20_000),
	'../../../etc/passwd',
	'$(reboot)',
	"';reboot;'",
	'&#0;',
	'&lol;',
	'<!DOCTYPE x [<!ENTITY lol "lol">]>',
	'<![CDATA[',
	'<a>'.repeat(3000),
	'<a b=""'.repeat(300),
	'(('.repeat(3000),
	'{'.repeat(3000),
	': '.repeat(3000),
];

type Change = (text: string) => string;
const part = fc.double({min: 0, max: 1, noNaN: true, maxExcluded: true});
const place = fc.tuple(part, fc.nat(60));
const changed =
	(change: (before: string, taken: string, after: string) => string) =>
	([where, length]: [number, number]): Change =>
	text => {
		const from = Math.floor(where * text.length);
		return change(text.slice(0, from), text.slice(from, from + length), text.slice(from + length));
	};

/** One thing that happens to a text. */
const change = (others: readonly string[]): fc.Arbitrary<Change> =>
	fc.oneof(
		place.map(changed((before, _taken, after) => before + after)),
		place.map(changed(before => before)),
		fc.tuple(place, fc.nat(40)).map(([at, times]) => changed((before, taken, after) => before + taken.repeat(times) + after)(at)),
		fc.tuple(place, fc.constantFrom(...ODD)).map(([at, odd]) => changed((before, _taken, after) => before + odd + after)(at)),
		fc
			.tuple(place, fc.string({unit: 'binary', maxLength: 20}))
			.map(([at, noise]) => changed((before, _t, after) => before + noise + after)(at)),
		fc
			.tuple(place, fc.constantFrom(...others), part)
			.map(([at, other, from]) =>
				changed((before, _taken, after) => before + other.slice(Math.floor(from * other.length)).slice(0, 200) + after)(at),
			),
		fc.tuple(part, fc.constantFrom(...ODD)).map(
			([where, odd]): Change =>
				text => {
					const words = [...text.matchAll(/[\w.-]+/gu)];
					const word = words[Math.floor(where * words.length)];
					return word ? text.slice(0, word.index) + odd + text.slice(word.index + word[0].length) : odd;
				},
		),
	);

/** A capture after a few changes, or noise. */
export const texts = (seeds: readonly string[]): fc.Arbitrary<string> =>
	fc.oneof(
		{
			weight: 9,
			arbitrary: fc
				.tuple(fc.constantFrom(...seeds), fc.array(change(seeds), {minLength: 1, maxLength: 4}))
				.map(([seed, changes]) => changes.reduce((text, one) => one(text), seed)),
		},
		{weight: 1, arbitrary: fc.string({unit: 'binary', maxLength: 2000})},
	);

const escaped = (word: string): string =>
	word.replace(/[<>&"']/gu, one => `&#${one.codePointAt(0)};`).replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/gu, '');

/** One thing that happens to a document, which stays well-formed: values and texts that are others, elements that go, come again, or nest. */
const documentChange: fc.Arbitrary<Change> = fc
	.tuple(
		part,
		fc.constantFrom(...ODD, 'member', 'down', 'false', '1', '193', 'success', 'Connected'),
		fc.constantFrom('value', 'text', 'drop', 'double', 'nest', 'name'),
	)
	.map(([where, odd, what]): Change => {
		const [pattern, instead] = (
			{
				value: [/(?<==")[^"<]*(?=")/gu, () => escaped(odd)],
				text: [/(?<=>)[^<]*(?=<\/)/gu, () => escaped(odd)],
				drop: [/<(\w+)(?:\s[^<>]*)?(?:\/>|>[^<]*<\/\1>)/gu, () => ''],
				double: [/<(\w+)(?:\s[^<>]*)?(?:\/>|>[^<]*<\/\1>)/gu, (one: string) => one.repeat(3)],
				nest: [/<(\w+)(?:\s[^<>]*)?\/>/gu, (one: string) => `${'<a>'.repeat(4000)}${one}${'</a>'.repeat(4000)}`],
				name: [/(?<=\s)[\w-]+(?==")/gu, () => odd.replace(/[^a-z_]/giu, '').slice(0, 30) || '__proto__'],
			} as const
		)[what];
		return text => {
			const all = [...text.matchAll(pattern)];
			const one = all[Math.floor(where * all.length)];
			return one ? text.slice(0, one.index) + instead(one[0]) + text.slice(one.index + one[0].length) : text;
		};
	});

/** XML: mostly well-formed still. */
export const documents = (seeds: readonly string[]): fc.Arbitrary<string> =>
	fc.oneof(
		{
			weight: 3,
			arbitrary: fc
				.tuple(fc.constantFrom(...seeds), fc.array(documentChange, {minLength: 1, maxLength: 5}))
				.map(([seed, changes]) => changes.reduce((text, one) => one(text), seed)),
		},
		{weight: 1, arbitrary: texts(seeds)},
	);

/** Bytes of a capture, some of them others. */
export const bytes = (seeds: readonly Buffer[]): fc.Arbitrary<Buffer> =>
	fc
		.tuple(
			fc.constantFrom(...seeds),
			fc.array(fc.tuple(part, fc.constantFrom(1, 4, 8), fc.bigInt(0n, 2n ** 64n - 1n)), {maxLength: 6}),
			part,
		)
		.map(([seed, changes, end]) => {
			const copy = Buffer.from(seed);
			for (const [where, size, value] of changes) {
				const at = Math.min(Math.floor(where * copy.length), copy.length - 8);
				const word = Buffer.alloc(8);
				word.writeBigUInt64BE(value);
				word.copy(copy, at, 8 - size);
			}
			return end > 0.9 ? copy.subarray(0, Math.floor(copy.length * (end - 0.9) * 10)) : copy;
		});
