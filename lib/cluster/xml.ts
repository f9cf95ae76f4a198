/** One element of an XML document. */
export interface Element {
	tag: string;
	at: Record<string, string | undefined>;
	children: Element[];
	/** The text in it, where there is more than blanks: libvirt has some, Pacemaker has none. `render` leaves it out. */
	text?: string;
}

/** A CIB nests a dozen deep, a guest's chain of backing files one deeper a file; more is garbage that would eat the stack. */
const DEEPEST = 1000;

/**
 * Text to elements, in document order. One strict pass: the CIB is read while everybody waits for a failover.
 * @throws {Error} with the parser's sentence, when it is not one well-formed document
 */
export async function parseXml(text: string): Promise<Element> {
	// Imported here: a handler has its first command running before it pays for the parser.
	const {SaxesParser} = await import('saxes');
	const parser = new SaxesParser();
	const above: (Element | undefined)[] = [];
	let root: Element | undefined;
	let here: Element | undefined;
	parser.on('error', error => {
		throw new Error(`not well-formed XML: ${error.message}`);
	});
	parser.on('opentag', ({name, attributes}) => {
		if (above.length >= DEEPEST) {
			throw new Error(`no XML of anybody's: nested deeper than ${DEEPEST}`);
		}
		const element: Element = {tag: name, at: {...attributes}, children: []};
		root ??= element;
		here?.children.push(element);
		above.push(here);
		here = element;
	});
	parser.on('text', said => {
		if (here && said.trim()) {
			here.text = (here.text ?? '') + said;
		}
	});
	parser.on('closetag', () => {
		here = above.pop();
	});
	parser.write(text).close();
	if (!root) {
		throw new Error('not an XML document');
	}
	return root;
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
