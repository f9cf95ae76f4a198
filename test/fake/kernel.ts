// A host on which the built handlers run as DRBD runs them: /bin/sh -c, the captured environment and nothing else.
import {spawn} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {Test} from 'tap';

const BUILT = 'dist/root/usr/lib/drbd';
const FIXTURES = new URL('../fixture/', import.meta.url).pathname;
export const fixture = (path: string): string => readFileSync(join(FIXTURES, path), 'utf8');

/** Logs what it was asked, with the time, then does what the test says (a shell text of its name), or nothing. */
const TOOL = `#!/bin/sh
D=\${0%/bin/*}
tool=\${0##*/}
echo "$tool $*" >>"$D/log"
[ -f "$D/does-$tool" ] || exit 0
. "$D/does-$tool"
`;

/**
 * zfs as far as it goes here: a list of snapshots, taken all or none. \`list -H\` prints rows with tabs and a dash for what a dataset does
 * not have, as captured (zfs-2.1.11/zfs-list.json); what it says to refusals is libzfs's wording, which nothing here reads.
 */
const ZFS = `
S=$D/snapshots; touch "$S"
case $1 in
list)
	shift 9
	for z; do
		printf '%s\\t-\\n' "$z"
		while read -r name deferred; do case $name in "$z"@*) printf '%s\\t%s\\n' "$name" "\${deferred:-off}" ;; esac; done <"$S"
	done ;;
snapshot)
	shift
	for s; do if grep -qxF "$s" "$S"; then echo "cannot create snapshot '$s': dataset already exists" >&2; exit 1; fi; done
	for s; do echo "$s" >>"$S"; done ;;
destroy)
	z=\${3%@*}; IFS=,
	for s in \${3#*@}; do grep -vxF "$z@$s" "$S" >"$S.new"; mv "$S.new" "$S"; done ;;
esac
`;

export interface Run {
	code: number | null;
	/** The line in the journal, which goes to standard error where there is no journal. */
	trace: Record<string, unknown>;
	stderr: string;
	/** The commands of this run. */
	log: string[];
	ms: number;
	/** Processes of this run that were still there when it had ended. */
	left: string[];
}

export interface Host {
	root: string;
	put(path: string, text: string, mode?: number): void;
	read(path: string): string;
	/** What a tool does: shell words. */
	does(tool: string, text: string): void;
	/** A zvol as udev shows it. */
	zvol(number: number, name: string): void;
	snapshots(): string[];
	run(event: string, env: Record<string, string>, argv?: string): Promise<Run>;
}

/** What DRBD gave a handler at its nth call, as captured on bob (fence-peer: on alice), with other disks in the place of vdc and vdb. */
export function environment(version: string, event: string, disks: readonly string[] = [], call = 0): Record<string, string> {
	const block = fixture(`${version}/${event === 'fence-peer' ? 'alice' : 'bob'}/handlers.log`)
		.split(/^--- /mu)
		.filter(text => text.includes(`argv: ${event} `))[call];
	const lines = (block ?? '').split('\n').slice(1);
	return Object.fromEntries(
		lines.flatMap(line => {
			const at = line.indexOf('=');
			return at > 0 ? [[line.slice(0, at), withDisks(line.slice(at + 1), disks)]] : [];
		}),
	);
}

export const withDisks = (text: string, [first, second]: readonly string[]): string =>
	text.replaceAll('/dev/vdc', first ?? '/dev/vdc').replaceAll('/dev/vdb', second ?? '/dev/vdb');

export function kernel(t: Test): Host {
	const root = mkdtempSync(join(tmpdir(), 'twinpool-kernel-'));
	t.teardown(() => rmSync(root, {recursive: true, force: true}));
	const put = (path: string, text: string, mode = 0o644): void => {
		mkdirSync(dirname(join(root, path)), {recursive: true});
		writeFileSync(join(root, path), text);
		chmodSync(join(root, path), mode);
	};
	for (const tool of ['zfs', 'drbdadm', 'drbdsetup', 'attrd_updater', 'cibadmin', 'crmadmin', 'crm_node', 'crm_attribute']) {
		put(`bin/${tool}`, TOOL, 0o755);
	}
	for (const name of readdirSync(BUILT)) {
		const text = readFileSync(join(BUILT, name), 'utf8');
		put(`lib/${name}`, text.replaceAll('/usr/bin/node', process.execPath).replace('/usr/lib/twinpool/launch', `${root}/launch`), 0o755);
	}
	put('does-zfs', ZFS);
	put('proc/sys/kernel/hostname', 'bob\n');
	mkdirSync(join(root, 'run'));
	const log = (): string[] => (existsSync(join(root, 'log')) ? readFileSync(join(root, 'log'), 'utf8').trim().split('\n') : []);
	return {
		root,
		put,
		read: path => readFileSync(join(root, path), 'utf8'),
		does: (tool, text) => put(`does-${tool}`, text),
		zvol(number, name) {
			put(`dev/zd${number}`, '');
			mkdirSync(join(root, `sys/block/zd${number}`), {recursive: true});
			mkdirSync(dirname(join(root, 'dev/zvol', name)), {recursive: true});
			symlinkSync(`${'../'.repeat(name.split('/').length)}zd${number}`, join(root, 'dev/zvol', name));
		},
		snapshots: () => (existsSync(join(root, 'snapshots')) ? readFileSync(join(root, 'snapshots'), 'utf8').split('\n').filter(Boolean) : []),
		run(event, env, argv = '') {
			const before = log().length;
			const begun = performance.now();
			return new Promise(resolve => {
				const child = spawn('/bin/sh', ['-c', `${root}/lib/twinpool-${event} ${argv}`], {
					env: {...env, PATH: `${root}/bin:${env['PATH'] ?? '/bin:/usr/bin'}`, TWINPOOL_ROOT: root},
					stdio: ['ignore', 'ignore', 'pipe'],
				});
				let stderr = '';
				child.stderr.setEncoding('utf8').on('data', chunk => {
					stderr += chunk;
				});
				child.on('exit', code => {
					const ms = performance.now() - begun;
					// What a child that was left behind holds open is not waited for.
					setTimeout(() => {
						const said = /^twinpool-[\w-]+: (\{.*\})$/mu.exec(stderr)?.[1];
						const trace = JSON.parse(said ?? '{}') as Record<string, unknown>;
						resolve({code, trace, stderr, log: log().slice(before), ms, left: living(root)});
					}, 50);
				});
			});
		},
	};
}

/** The processes that know this host. */
function living(root: string): string[] {
	return readdirSync('/proc').flatMap(pid => {
		try {
			const command = /^\d+$/u.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
			return command.includes(root) ? [command.replaceAll('\0', ' ')] : [];
		} catch {
			return [];
		}
	});
}
