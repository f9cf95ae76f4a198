import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {startupSnapshot} from 'node:v8';

/** The word by which a program's launcher asks whether the prepared start works on this machine, with the file to leave when it does. */
const CHECK = 'start-check';

/**
 * Run a program: now, or, where node is building a start-up snapshot of it, at each later start from there.
 * `ready` imports beforehand what the program would import when it has to act, so that a prepared start pays for nothing.
 * The exit code is set, never forced: output that is still in a pipe gets out.
 */
export function start(program: () => Promise<number>, ready: () => Promise<unknown>): void {
	const go = (): void => {
		const [, , word, marker] = process.argv;
		if (word === CHECK && marker) {
			mkdirSync(dirname(marker), {recursive: true, mode: 0o700});
			writeFileSync(marker, '');
			return;
		}
		void program().then(code => {
			process.exitCode = code;
		});
	};
	if (startupSnapshot.isBuildingSnapshot()) {
		startupSnapshot.setDeserializeMainFunction(go);
		void lent(ready);
	} else {
		go();
	}
}

/**
 * While a snapshot is built, the host is an empty folder: no program may run, and nothing of this may be left. And node 18 lacks
 * Object.hasOwn then; a program started from the snapshot has it, and must not have ours.
 */
async function lent(ready: () => Promise<unknown>): Promise<void> {
	const own = Object.hasOwn;
	const root = mkdtempSync(join(tmpdir(), 'twinpool-'));
	process.env['TWINPOOL_ROOT'] = root;
	Object.hasOwn ??= (thing, key) => Reflect.getOwnPropertyDescriptor(thing, key) !== undefined;
	try {
		await ready();
	} finally {
		rmSync(root, {recursive: true, force: true});
	}
	Reflect.deleteProperty(process.env, 'TWINPOOL_ROOT');
	if (!own) {
		Reflect.deleteProperty(Object, 'hasOwn');
	}
}
