import fc from 'fast-check';
import type {Test} from 'tap';

/** For each parser; TWINPOOL_RUNS is for the long run. */
const RUNS = Number(process.env['TWINPOOL_RUNS'] ?? 1000);
/** Milliseconds of this process's CPU for one input: what backtracks without end takes minutes. */
const LONGEST = 1000;
/** Bytes that may be left over when all inputs are done. */
const MOST = 256 * 2 ** 20;

/** Errors of the language are mistakes of ours: what a parser refuses, it refuses by an error of its own. */
const OURS = /^(Error|CibError|GlusterError|OcfError|StonithError|NotEvents2)$/u;

/**
 * Whatever the input: an answer, or an error that the parser means, within bounds of time and memory. A failure names the input,
 * shrunk to the least that fails, and the seed that repeats it.
 */
export async function holdsOut<T>(t: Test, name: string, inputs: fc.Arbitrary<T>, parse: (input: T) => unknown): Promise<void> {
	const before = process.memoryUsage().heapUsed;
	let answers = 0;
	const outcome = await fc.check(
		fc.asyncProperty(inputs, async input => {
			const begun = process.cpuUsage();
			try {
				await parse(input);
				answers += 1;
			} catch (error) {
				if (!(error instanceof Error && OURS.test(error.constructor.name) && error.message !== '')) {
					throw error;
				}
			}
			const {user, system} = process.cpuUsage(begun);
			if ((user + system) / 1000 > LONGEST) {
				throw new Error(`took ${Math.round((user + system) / 1000)} ms`);
			}
		}),
		{numRuns: RUNS, endOnFailure: false},
	);
	const left = process.memoryUsage().heapUsed - before;
	const why = outcome.failed
		? `${String((outcome.errorInstance as Error).stack).slice(0, 600)}\n${fc.defaultReportMessage(outcome)?.slice(0, 3000)}`
		: '';
	t.equal(why, '', `${name}: ${outcome.numRuns} inputs`);
	t.ok(left < MOST, `${name}: ${Math.round(left / 2 ** 20)} MiB are left over`);
	// Inputs that are refused at the door try nothing behind it.
	t.ok(answers > RUNS / 100, `${name}: ${answers} of them were answered`);
}
