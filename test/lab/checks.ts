/** Counting what held and what did not; when something did not, both nodes' journals are kept. */
import {Broken} from './broken.ts';
import {collectJournals} from './journals.ts';
import {say} from './report.ts';

export class Checks {
	passed = 0;
	failed = 0;

	/** Does it and counts it; nothing when it failed. */
	async check<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
		const started = performance.now();
		const took = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
		try {
			const value = await work();
			this.passed += 1;
			say(`ok       ${what} (${took()})`);
			return value;
		} catch (error) {
			if (error instanceof Broken) {
				throw error;
			}
			this.failed += 1;
			say(`NOT OK   ${what} (${took()}): ${error instanceof Error ? error.message : String(error)}`);
			say(`         the nodes' journals are in ${await collectJournals(what)}`);
			return undefined;
		}
	}

	/** The same, when nothing after it makes sense without it. */
	async need<T>(what: string, work: () => Promise<T>): Promise<T> {
		const before = this.failed;
		const value = await this.check(what, work);
		if (this.failed > before) {
			throw new Broken(what);
		}
		return value as T;
	}
}

export interface Suite {
	readonly title: string;
	run(checks: Checks): Promise<void>;
}
