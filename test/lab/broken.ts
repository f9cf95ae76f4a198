/** Something without which what follows makes no sense. */
export class Broken extends Error {
	override name = 'Broken';
}
