// A host where the programs start as they are installed, and only say that they were started.
import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {Test} from 'tap';

export const NODE = 'node was started';
export const LINES = [
	' 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----',
	' 1: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----',
];
/** /proc/drbd with these lines. */
export const drbd = (lines: readonly string[]): string =>
	`version: 8.4.11 (api:1/proto:86-101)\nsrcversion: F73C \n${lines.map(line => `${line}\n    ns:4 nr:0\n`).join('')}`;
/** The attribute daemon's line, by when it began. */
export const ATTRD = '/proc/777/stat';
export const stat = (born: number): string => `777 (pacemaker-attrd) S ${'0 '.repeat(18)}${born} 0 0\n`;

export interface Said {
	status: number | null;
	stdout: string;
	stderr: string;
}

/** A host, and the launcher beside programs that only say that they were started. */
export function host(t: Test): {
	put(path: string, text: string): void;
	run(program: string, argv: string[], env?: Record<string, string>): Said;
} {
	const root = t.testdir({});
	const put = (path: string, text: string): void => {
		mkdirSync(dirname(join(root, path)), {recursive: true});
		writeFileSync(join(root, path), text, {mode: 0o755});
	};
	put('node', `#!/bin/sh\necho "${NODE}"\n`);
	put(
		'launch',
		readFileSync('lib/launch.sh', 'utf8')
			.replaceAll('/usr/bin/node', `${root}/node`)
			.replace('/usr/lib/twinpool', root)
			.replace('=/run/twinpool', `=${root}/nowhere`),
	);
	put('proc/uptime', '100.53 3.2\n');
	put('proc/drbd', drbd(LINES));
	put(ATTRD, stat(4711));
	process.env['TWINPOOL_ROOT'] = root;
	for (const [path, name] of [
		['usr/lib/ocf/resource.d/twinpool/drbd', 'drbd'],
		['usr/lib/ocf/resource.d/twinpool/zpool', 'zpool'],
		['usr/lib/drbd/twinpool-fence-peer', 'twinpool-fence-peer'],
		['usr/lib/drbd/twinpool-unfence-peer', 'twinpool-unfence-peer'],
		['usr/lib/drbd/twinpool-local-io-error', 'twinpool-local-io-error'],
		['usr/share/pacemaker/alerts/alert_twinpool', 'alert_twinpool'],
	] as const) {
		const text = readFileSync(join('dist/root', path), 'utf8');
		put(name, text.replace('/usr/lib/twinpool/launch', `${root}/launch`).replace('/usr/bin/node', `${root}/node`));
	}
	copyFileSync('test/golden/drbd.xml', join(root, 'drbd.xml'));
	return {
		put,
		run: (program, argv, env = {}) =>
			spawnSync(join(root, program), argv, {
				encoding: 'utf8',
				env: {PATH: '/nonexistent', TWINPOOL_ROOT: root, ...env},
			}),
	};
}
