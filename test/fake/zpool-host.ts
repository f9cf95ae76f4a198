import {spawn} from 'node:child_process';
import {chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {gunzipSync} from 'node:zlib';

/** The built program, as it is installed. */
export const AGENT = new URL('../../dist/root/usr/lib/ocf/resource.d/twinpool/zpool', import.meta.url).pathname;
const LABEL = gunzipSync(readFileSync(new URL('../fixture/zpool/drbd0.label.gz', import.meta.url)));
export const capture = (name: string): {stderr: string; exit: number} =>
	JSON.parse(readFileSync(new URL(`../fixture/zfs-2.1.11/${name}.json`, import.meta.url), 'utf8'));

export interface Host {
	root: string;
	put(path: string, text: string): void;
	/** A tool that is a shell script; $ROOT is the host's root, $KSTAT the pool's folder. */
	tool(name: string, script: string): void;
	act(
		action: string,
		env?: Record<string, string>,
	): Promise<{code: number | null; reason: string[]; stderr: string; stdout: string; ms: number}>;
	calls(): string[];
}

/** A zpool that works. */
export const IMPORT = 'case $1 in import) mkdir -p $KSTAT; echo ONLINE >$KSTAT/state;; export) rm -r $KSTAT;; esac';

/** A host with a DRBD device that carries a real label of alpha's, its backing disk, and tools that write down how they were called. */
export function host(root: string, name = 'alpha', id = 1): Host {
	const put = (path: string, text: string | Buffer): void => {
		mkdirSync(dirname(`${root}${path}`), {recursive: true});
		writeFileSync(`${root}${path}`, text);
	};
	const tool = (tool: string, script: string): void => {
		put(`/bin/${tool}`, `#!/bin/sh\nROOT=${root}; KSTAT=$ROOT/proc/spl/kstat/zfs/tank\necho "${tool} $*" >>$ROOT/calls\n${script}\n`);
		chmodSync(`${root}/bin/${tool}`, 0o755);
	};
	for (const device of ['drbd0', 'vdb']) {
		put(`/dev/${device}`, LABEL);
		truncateSync(`${root}/dev/${device}`, 64 * 1024 * 1024);
		put(`/sys/class/block/${device}/ro`, '0\n');
	}
	put('/proc/partitions', 'major minor  #blocks  name\n\n 252 16 2097152 vdb\n 147 0 2097052 drbd0\n   2 0 4 fd0\n');
	put('/proc/sys/kernel/hostname', `${name}\n`);
	put('/etc/hostid', Buffer.from([id, 0, 0, 0]));
	put('/calls', '');
	tool('zpool', IMPORT);
	tool('cibadmin', 'exit 102');
	const act: Host['act'] = (action, env = {}) =>
		new Promise(resolve => {
			const begun = performance.now();
			const child = spawn(process.execPath, [AGENT, action], {
				env: {
					PATH: `${root}/bin:/usr/bin:/bin`,
					TWINPOOL_ROOT: root,
					OCF_RESKEY_pool: 'tank',
					OCF_RESKEY_CRM_meta_timeout: '20000',
					OCF_RESOURCE_INSTANCE: 'pool',
					...env,
				},
			});
			let [stdout, stderr] = ['', ''];
			child.stdout.on('data', chunk => {
				stdout += chunk;
			});
			child.stderr.on('data', chunk => {
				stderr += chunk;
			});
			child.on('close', code =>
				resolve({
					code,
					reason: [...stderr.matchAll(/^ocf-exit-reason:(.*)$/gmu)].map(([, text = '']) => text),
					stderr,
					stdout,
					ms: performance.now() - begun,
				}),
			);
		});
	return {root, put, tool, act, calls: () => readFileSync(`${root}/calls`, 'utf8').trim().split('\n').filter(Boolean)};
}

export const kstat = ({put}: Host, word: string): void => put('/proc/spl/kstat/zfs/tank/state', `${word}\n`);
