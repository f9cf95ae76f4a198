import {createInterface} from 'node:readline/promises';

/** What somebody at the terminal answers; nothing where nobody can be asked. */
export async function asked(question: string): Promise<string | undefined> {
	if (!process.stdin.isTTY) {
		return undefined;
	}
	const line = createInterface({input: process.stdin, output: process.stdout});
	const said = await line.question(question);
	line.close();
	return said.trim();
}

/** @throws {Error} nobody said that it is meant */
export async function insisted(yes: boolean, question: string): Promise<void> {
	if (!(yes || (await asked(`${question} Go on? Type "yes": `)) === 'yes')) {
		throw new Error('nothing was done: --yes, or "yes" to the question');
	}
}
