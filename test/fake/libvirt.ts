// A host with a libvirt for the guests: virsh answers in the form of the captures (fixture/libvirt-9.0.0-guests), from files that say
// what each guest is, and a guest that runs has a real process that is its emulator.
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {Test} from 'tap';

const FIXTURE = new URL('../fixture/libvirt-9.0.0-guests/', import.meta.url);
export const captured = (name: string): {stdout: string; stderr: string; exit: number} =>
	JSON.parse(readFileSync(new URL(`${name}.json`, FIXTURE), 'utf8'));
export const record = (name: string): string => readFileSync(new URL(`${name}.xml`, FIXTURE), 'utf8');

export const uuid = (number: number): string => `00000000-0000-4000-8000-${`${number}`.padStart(12, '0')}`;

/** A guest's document, as short as libvirt takes it. */
export const domain = (number: number, name: string, disk: string, more = ''): string => `<domain type='qemu'>
  <name>${name}</name>
  <uuid>${uuid(number)}</uuid>
  <metadata>${more}</metadata>
  <devices>
    <disk type='file' device='disk'>
      <source file='${disk}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>`;

/** libvirtd as a shell: a folder a guest, with its name, its state and reason, and its document. */
const VIRSH = `#!/bin/sh
uri=$2; shift 2
echo "virsh $*" >>$ROOT/calls
fail() { printf 'error: %s\\n' "$@" >&2; return 1; }
[ "$uri" = qemu:///system ] || { [ -f $ROOT/peer ] && exec cat $ROOT/peer; fail 'failed to connect to the hypervisor'; exit 1; }
[ -f $ROOT/no-daemon ] && { fail 'failed to connect to the hypervisor' 'Failed to connect socket'; exit 1; }
[ -f $ROOT/hung ] && exec sleep 60
cd $ROOT/guests
run() {
	[ -f "$ROOT/before-$1" ] && . "$ROOT/before-$1"
	case $1 in
	list) for u in *; do
			[ -f $u/state ] || continue; read s r <$u/state
			case "$*" in *--autostart*) [ ! -f $u/autostart ] || echo $u;; *--name*) echo "$u $(cat $u/name)";; *) [ $s = 5 ] || echo $u;; esac
		done; echo; return;;
	domstats) for u in *; do
			[ -f $u/state ] || continue; read s r <$u/state
			printf "Domain: '%s'\\n  state.state=%s\\n  state.reason=%s\\n\\n" "$(cat $u/name)" $s $r
		done; return;;
	pool-dumpxml) cat $ROOT/pools/$3 2>/dev/null || fail "failed to get pool '$3'"; return;;
	define)
		u=$(sed -n 's|.*<uuid>\\(.*\\)</uuid>.*|\\1|p' $3)
		[ -f $ROOT/refuse/define-$u ] && { fail 'Failed to define domain' "$(cat $ROOT/refuse/define-$u)"; return; }
		mkdir -p $u; cp $3 $u/definition; sed -n 's|.*<name>\\(.*\\)</name>.*|\\1|p' $3 >$u/name; [ -f $u/state ] || echo 5 0 >$u/state
		cp $3 "$ROOT/etc/libvirt/qemu/$(cat $u/name).xml"; return;;
	esac
	verb=$1; while [ $# -gt 1 ]; do shift; done; u=$1
	[ -f $u/state ] || { fail "failed to get domain '$u'"; return; }
	[ -f $ROOT/refuse/$verb-$u ] && { fail "Failed to $verb domain" "$(cat $ROOT/refuse/$verb-$u)"; return; }
	[ -f $ROOT/hang/$verb-$u ] && exec sleep 60
	read s r <$u/state
	[ $s = 5 ] && case $verb in shutdown|destroy) fail "Failed to $verb domain" 'Requested operation is not valid: domain is not running'; return;; esac
	case $verb in
	dumpxml) cat $u/definition; echo; echo;;
	start) [ $s = 5 ] || { fail 'Domain is already active'; return; }; echo 1 1 >$u/state; $ROOT/bin/emulate $u;;
	shutdown) [ -f $ROOT/deaf/$u ] || off $u 1;;
	destroy) if [ -f $ROOT/lies/$u ]; then echo 5 2 >$u/state; else off $u 2; fi;;
	esac
}
off() {
	[ -f $1/pid ] && kill -KILL $(cat $1/pid) 2>/dev/null
	rm -f $1/pid "$ROOT/run/libvirt/qemu/$(cat $1/name).pid"
	if [ -f $1/transient ]; then rm -r $1; else echo 5 $2 >$1/state; fi
}
if [ $# -gt 1 ]; then run "$@"; exit; fi
IFS=';'; set -- $1; unset IFS
for one in "$@"; do run $one; done
`;
/** A real process: its name is what the kernel shows, its arguments are what libvirt gives an emulator. */
const EMULATE = `#!/bin/sh
n=$(cat $ROOT/guests/$1/name)
$ROOT/bin/qemu-system-x86_64 -c 'exec 3<>$0; read x <&3' $ROOT/never -name "guest=$n" -uuid $1 >/dev/null 2>&1 </dev/null &
echo $! >$ROOT/guests/$1/pid; echo $! >"$ROOT/run/libvirt/qemu/$n.pid"; echo $! >>$ROOT/pids
ln -s /proc/$! $ROOT/proc/$!
printf "<domstatus state='running' reason='booted' pid='$!'>\\n" | cat - $ROOT/guests/$1/definition >"$ROOT/run/libvirt/qemu/$n.xml"; echo '</domstatus>' >>"$ROOT/run/libvirt/qemu/$n.xml"
`;

export interface Libvirt {
	root: string;
	put(path: string, text: string): void;
	guest(number: number, name: string, disk: string, more?: {on?: boolean; state?: string; metadata?: string; transient?: boolean}): void;
	state(number: number): string;
	program(path: string, argv: string[], env?: Record<string, string>): Promise<Ended>;
	act(action: string, env?: Record<string, string>): Promise<Ended>;
	calls(): string[];
}
export interface Ended {
	code: number | null;
	reason: string[];
	stdout: string;
	stderr: string;
	ms: number;
}

const AGENT = new URL('../../dist/root/usr/lib/ocf/resource.d/twinpool/guests', import.meta.url).pathname;
export const FENCE = new URL('../../dist/root/usr/lib/drbd/twinpool-fence-guests', import.meta.url).pathname;
const MOUNTS = '36 1 0:40 / /tank rw - zfs tank rw\n37 36 0:41 / /tank/vm rw - zfs tank/vm rw\n38 1 8:1 / / rw - ext4 /dev/sda1 rw\n';

export function libvirt(t: Test): Libvirt {
	const root = mkdtempSync(join(tmpdir(), 'twinpool-guests-'));
	const put: Libvirt['put'] = (path, text) => {
		mkdirSync(dirname(`${root}${path}`), {recursive: true});
		writeFileSync(`${root}${path}`, text);
	};
	const script = (name: string, text: string): void => {
		put(`/bin/${name}`, text.replace('#!/bin/sh\n', `#!/bin/sh\nROOT=${root}\n`));
		chmodSync(`${root}/bin/${name}`, 0o755);
	};
	for (const folder of [
		'guests',
		'run/libvirt/qemu',
		'etc/libvirt/qemu',
		'bin',
		'refuse',
		'hang',
		'deaf',
		'lies',
		'tank',
		'pools',
		'proc/sys/kernel/random',
	]) {
		mkdirSync(`${root}/${folder}`, {recursive: true});
	}
	script('virsh', VIRSH);
	script('emulate', EMULATE);
	script('cibadmin', '#!/bin/sh\nexit 102\n');
	// Only what an agent may call: a real virsh of this machine is not among them.
	for (const tool of ['cat', 'cp', 'find', 'ln', 'mkdir', 'mv', 'rm', 'sed', 'sh', 'sleep', 'sync', 'tail']) {
		symlinkSync(execFileSync('sh', ['-c', `command -v ${tool}`], {encoding: 'utf8'}).trim(), `${root}/bin/${tool}`);
	}
	copyFileSync('/bin/bash', `${root}/bin/qemu-system-x86_64`);
	execFileSync('mkfifo', [`${root}/never`]);
	put('/calls', '');
	put('/pids', '');
	put('/proc/self/mountinfo', MOUNTS);
	put('/proc/sys/kernel/hostname', 'alpha\n');
	put('/proc/sys/kernel/random/boot_id', 'boot-1\n');
	const processes = (): number[] => readFileSync(`${root}/pids`, 'utf8').split('\n').filter(Boolean).map(Number);
	t.teardown(() => {
		for (const pid of processes()) {
			try {
				process.kill(pid, 'SIGKILL');
			} catch {
				// Ended before.
			}
		}
		rmSync(root, {recursive: true, force: true});
	});
	const program: Libvirt['program'] = (path, argv, env = {}) => {
		const begun = performance.now();
		const child = spawn(process.execPath, [path, ...argv], {
			env: {PATH: `${root}/bin`, TWINPOOL_ROOT: root, ...env},
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		return ended(child, begun);
	};
	return {
		root,
		put,
		program,
		guest(number, name, disk, {on = false, state = on ? '1 1' : '5 0', metadata = '', transient = false} = {}) {
			const folder = `/guests/${uuid(number)}`;
			put(`${folder}/name`, `${name}\n`);
			put(`${folder}/state`, `${state}\n`);
			put(`${folder}/definition`, domain(number, name.replace(/&/gu, '&amp;').replace(/</gu, '&lt;'), disk, metadata));
			put(transient ? `${folder}/transient` : `/etc/libvirt/qemu/${name}.xml`, '');
			if (!state.startsWith('5')) {
				execFileSync(`${root}/bin/emulate`, [uuid(number)], {stdio: 'ignore', env: {PATH: `${root}/bin`}});
			}
		},
		state: number =>
			existsSync(`${root}/guests/${uuid(number)}/state`) ? readFileSync(`${root}/guests/${uuid(number)}/state`, 'utf8').trim() : '',
		act: (action, env = {}) =>
			program(AGENT, [action], {
				OCF_RESKEY_pool: 'tank',
				OCF_RESKEY_CRM_meta_timeout: '20000',
				OCF_RESKEY_CRM_meta_interval: action === 'monitor' ? '10000' : '0',
				OCF_RESOURCE_INSTANCE: 'vms',
				...env,
			}),
		calls: () => readFileSync(`${root}/calls`, 'utf8').trim().split('\n').filter(Boolean),
	};
}

function ended(child: ChildProcess, begun: number): Promise<Ended> {
	return new Promise(resolve => {
		const text = {stdout: '', stderr: ''};
		for (const name of ['stdout', 'stderr'] as const) {
			child[name]?.on('data', chunk => {
				text[name] += chunk;
			});
		}
		child.on('close', code =>
			resolve({
				code,
				...text,
				reason: [...text.stderr.matchAll(/^ocf-exit-reason:(.*)$/gmu)].map(([, said = '']) => said),
				ms: performance.now() - begun,
			}),
		);
	});
}
