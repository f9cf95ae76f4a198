// A captured session as a tree of files, for programs that look at /sys.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

const FIXTURES = new URL('../fixture/open-iscsi-2.1.8/', import.meta.url).pathname;
export const PHASES = ['healthy', 'failed', 'released', 'back', 'resilvering', 'resilvered'] as const;
export type Phase = (typeof PHASES)[number];

export const captured = (phase: Phase, kind: 'sysfs' | 'status' | 'state'): string =>
	readFileSync(`${FIXTURES}${phase}.${kind}.txt`, 'utf8');

/** Writes the phase's /sys and kstat below a root. */
export function sysfs(root: string, phase: Phase): void {
	let unit = '';
	const put = (path: string, text: string): void => {
		mkdirSync(dirname(join(root, path)), {recursive: true});
		writeFileSync(join(root, path), text);
	};
	for (const line of captured(phase, 'sysfs').split('\n')) {
		const at = line.indexOf('=');
		if (line.startsWith('/') && at > 0) {
			const path = line.slice(0, at);
			put(path, line.slice(at + 1).replaceAll('|', '\n'));
			unit = /^(?<unit>.*\/\d+:\d+:\d+:\d+)\//u.exec(path)?.groups?.['unit'] ?? unit;
		} else if (/^sd[a-z]+$/u.test(line)) {
			mkdirSync(join(root, unit, 'block', line), {recursive: true});
		}
	}
	put('/proc/spl/kstat/zfs/tank/state', captured(phase, 'state'));
}
