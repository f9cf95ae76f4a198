import {readFileSync, writeFileSync} from 'node:fs';
import type {Test} from 'tap';

/**
 * Compare with a golden file; UPDATE_GOLDEN=1 writes it instead. Commit only a change that you understand.
 */
export function golden(t: Test, name: string, text: string): void {
	const file = new URL(`golden/${name}`, import.meta.url);
	if (process.env['UPDATE_GOLDEN'] === '1') {
		writeFileSync(file, text);
	}
	t.equal(text, readFileSync(file, 'utf8'), `golden/${name} (UPDATE_GOLDEN=1 rewrites it)`);
}
