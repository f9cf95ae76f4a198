// A hypervisor for fence_libvirt: virsh, ssh and ps as scripts that answer what the real ones printed, and the program as it is installed.
import {type ChildProcess, spawn} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {buildSync} from 'esbuild';
import type {Test} from 'tap';

const FIXTURES = new URL('../fixture/libvirt-9.0.0/', import.meta.url);
const HOME = new URL('../..', import.meta.url).pathname;

interface Capture {
	stdout: string;
	stderr: string;
	exit: number;
}

/** What a real one printed, by its name in the fixtures. */
export const captured = (name: string): Capture => JSON.parse(readFileSync(new URL(`${name}.json`, FIXTURES), 'utf8')) as Capture;

/** The first mark of virsh's script says what is asked; of the answers made for it the one for this call, else the last. */
const VIRSH = `#!/bin/sh
D=\${0%/bin/*}
for last; do :; done
printf '%s\\n' "virsh $*" >> "$D/log"
kind=\${last#*@}; kind=\${kind%%:*}
echo x >> "$D/calls.$kind"
n=$(wc -l < "$D/calls.$kind")
f="$D/virsh.$kind.$n"; [ -f "$f" ] || f="$D/virsh.$kind"
[ -f "$f.sh" ] && . "$f.sh"
[ -f "$f" ] || { echo "the fake virsh knows no $kind" >&2; exit 1; }
cat "$f"; cat "$f.err" >&2; exit $(cat "$f.exit")
`;
/** Thread by thread, or not at all: a line a process does not show what is stuck. */
const PS = `#!/bin/sh
D=\${0%/bin/*}
[ "$1" = -eLo ] || exit 1
echo x >> "$D/calls.ps"
n=$(wc -l < "$D/calls.ps")
f="$D/ps.$n"; [ -f "$f" ] || f="$D/ps"
[ -f "$f" ] && exec cat "$f"
exit 1
`;
/** The other side is this one, unless the login is to fail. Like the real one it waits for whoever has the output open. */
const SSH = `#!/bin/sh
D=\${0%/bin/*}
for last; do :; done
{ printf 'ssh'; for word; do [ "$word" = "$last" ] || printf ' %s' "$word"; done; echo; } >> "$D/log"
case "$*" in *KexAlgorithms*) f="$D/ssh.quick";; *) f="$D/ssh.plain";; esac
[ -f "$f" ] || f="$D/ssh"
[ -f "$f" ] && { cat "$f.err" >&2; exit $(cat "$f.exit"); }
echo "Welcome, it is @noon: here"
{ sh -c "$last"; echo $? > "$D/exit.$$"; } | cat
exit $(cat "$D/exit.$$")
`;

export interface Ended {
	code: number | null;
	stdout: string;
	stderr: string;
	/** What was run, in order. */
	log: string[];
}

export interface Hypervisor {
	root: string;
	/** What virsh answers to scripts that begin with this mark: a fixture's name or a text; at this call, or from then on. */
	virsh(mark: string, answer: string | Capture, call?: number): void;
	/** Shell words that virsh runs first. */
	first(mark: string, words: string): void;
	/** What ps prints; without any it fails. */
	ps(text: string, call?: number): void;
	/** A login fails like this; `quick` only with our key exchange. */
	ssh(answer: string, kind?: '' | '.quick' | '.plain'): void;
	start(given: string | readonly string[]): {child: ChildProcess; ended: Promise<Ended>};
	/** Runs the program: options, or lines on standard input. */
	fence(given: string | readonly string[]): Promise<Ended>;
}

const put = (path: string, {stdout, stderr, exit}: Capture): void => {
	writeFileSync(path, stdout);
	writeFileSync(`${path}.err`, stderr);
	writeFileSync(`${path}.exit`, `${exit}`);
};

/** The program, bundled as it is installed. */
export function bundled(folder: string): string {
	const outfile = join(folder, 'fence_libvirt.cjs');
	buildSync({
		stdin: {
			contents: `import {main} from './lib/fence/agent.ts'; import {agent} from './fence/fence_libvirt.ts';
				void main(agent, process.argv.slice(2)).then(code => { process.exitCode = code; });`,
			resolveDir: HOME,
			loader: 'ts',
		},
		outfile,
		bundle: true,
		platform: 'node',
		format: 'cjs',
		target: 'node18.19',
		logLevel: 'warning',
	});
	return outfile;
}

export function hypervisor(t: Test, program: string): Hypervisor {
	const root = mkdtempSync(join(tmpdir(), 'twinpool-libvirt-'));
	t.teardown(() => rmSync(root, {recursive: true, force: true}));
	mkdirSync(join(root, 'bin'));
	for (const [tool, text] of Object.entries({virsh: VIRSH, ps: PS, ssh: SSH})) {
		writeFileSync(join(root, 'bin', tool), text);
		chmodSync(join(root, 'bin', tool), 0o755);
	}
	const log = (): string[] => (existsSync(join(root, 'log')) ? readFileSync(join(root, 'log'), 'utf8').trim().split('\n') : []);
	const start: Hypervisor['start'] = given => {
		const lines = typeof given === 'string';
		const child = spawn(process.execPath, [program, ...(lines ? [] : given)], {
			env: {PATH: `${root}/bin:/usr/bin:/bin`, LANG: 'de_DE.UTF-8'},
			detached: true,
		});
		const text = {stdout: '', stderr: ''};
		for (const name of ['stdout', 'stderr'] as const) {
			child[name].setEncoding('utf8').on('data', (chunk: string) => {
				text[name] += chunk;
			});
		}
		child.stdin.on('error', () => undefined).end(lines ? given : '');
		return {child, ended: new Promise(resolve => child.on('close', code => resolve({code, ...text, log: log()})))};
	};
	return {
		root,
		virsh: (mark, answer, call) =>
			put(join(root, `virsh.${mark}${call === undefined ? '' : `.${call}`}`), typeof answer === 'string' ? captured(answer) : answer),
		first: (mark, words) => writeFileSync(join(root, `virsh.${mark}.sh`), words),
		ps: (text, call) => writeFileSync(join(root, `ps${call === undefined ? '' : `.${call}`}`), text),
		ssh: (answer, kind = '') => put(join(root, `ssh${kind}`), captured(answer)),
		start,
		fence: given => start(given).ended,
	};
}
