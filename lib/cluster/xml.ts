/** One element of an XML document; text between elements is not kept, Pacemaker has none. */
export interface Element {
	tag: string;
	at: Record<string, string | undefined>;
	children: Element[];
}

interface Parsed {
	[tag: string]: Parsed[] | Record<string, string>;
}

/**
 * Text to elements, in document order.
 * @throws {Error} with the parser's sentence, when it is not one well-formed document
 */
export async function parseXml(text: string): Promise<Element> {
	// Imported here: a handler has its first command running before it pays for the parser.
	const {XMLParser, XMLValidator} = await import('fast-xml-parser');
	const verdict = XMLValidator.validate(text);
	if (verdict !== true) {
		throw new Error(`not well-formed XML: ${verdict.err.msg} (line ${verdict.err.line})`);
	}
	const parser = new XMLParser({
		preserveOrder: true,
		ignoreAttributes: false,
		attributeNamePrefix: '',
		parseTagValue: false,
		parseAttributeValue: false,
	});
	const roots = (parser.parse(text) as Parsed[]).map(element).filter(({tag}) => !tag.startsWith('?'));
	const [root] = roots;
	if (!root || roots.length > 1) {
		throw new Error('not one XML document');
	}
	return root;
}

function element(parsed: Parsed): Element {
	const tag = Object.keys(parsed).find(key => key !== ':@') ?? '';
	const inside = parsed[tag];
	return {
		tag,
		at: {...(parsed[':@'] as Record<string, string> | undefined)},
		children: Array.isArray(inside) ? inside.filter(one => !('#text' in one)).map(element) : [],
	};
}

/** The first child with this tag, and so on down the path. */
export function child(from: Element | undefined, ...path: string[]): Element | undefined {
	return path.reduce<Element | undefined>((at, tag) => at?.children.find(one => one.tag === tag), from);
}

/** The element itself and everything below it, in document order. */
export function* below(from: Element | undefined): Generator<Element> {
	if (from) {
		yield from;
		for (const one of from.children) {
			yield* below(one);
		}
	}
}

const ENTITIES: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;'};
/** A value as it stands inside double quotes. */
const quote = (value: string): string => value.replace(/[&<>"']/gu, sign => ENTITIES[sign] ?? sign);

/** One line of XML, as cibadmin takes it. */
export function render({tag, at, children}: Element): string {
	const attributes = Object.entries(at)
		.flatMap(([name, value]) => (value === undefined ? [] : [` ${name}="${quote(value)}"`]))
		.join('');
	return children.length > 0 ? `<${tag}${attributes}>${children.map(render).join('')}</${tag}>` : `<${tag}${attributes}/>`;
}
