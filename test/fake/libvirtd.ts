// A host with a libvirt for the guests: virsh answers in the form of the captures (fixture/libvirt-9.0.0-guests), from files that say
// what each guest is, and a guest that runs has a real process that is its emulator.
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {Test} from 'tap';
import {EMULATE, VIRSH} from './virsh.ts';

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
	// As root's is: what is put on the storage is not for a group to write.
	process.umask(0o022);
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
