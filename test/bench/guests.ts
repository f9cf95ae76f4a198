// How long it takes to get rid of guests: twinpool-fence-guests --all against the pipeline of the document that the project began
// with, in the same run. By hand, as root, against a real libvirtd on which nothing else runs: it destroys every guest there.
// tsx test/bench/guests.ts [--uri URI] [SIZE...]
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';

const {values, positionals} = parseArgs({options: {uri: {type: 'string', default: 'qemu:///system'}}, allowPositionals: true});
const sizes = positionals.length > 0 ? positionals.map(Number) : [5, 10, 30, 60, 100];
const env = {...process.env, LIBVIRT_DEFAULT_URI: values.uri, LC_ALL: 'C'};
const PIPELINE = `virsh list | awk '/running/{print $2}' | xargs -L1 virsh destroy`;
const OURS = new URL('../../dist/root/usr/lib/drbd/twinpool-fence-guests', import.meta.url).pathname;
const MOST = 12;

const virsh = (...args: string[]): string => execFileSync('virsh', args, {env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
const names = (...filter: string[]): string[] =>
	virsh('list', '--name', ...filter)
		.split('\n')
		.filter(Boolean);

const folder = mkdtempSync(join(tmpdir(), 'twinpool-bench-'));
const nameOf = (index: number): string => `bench${index}`;

function define(index: number): void {
	const [name, disk] = [nameOf(index), join(folder, `${index}.img`)];
	writeFileSync(disk, Buffer.alloc(4096));
	const file = join(folder, `${name}.xml`);
	writeFileSync(
		file,
		`<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64'>hvm</type></os><devices>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${disk}'/><target dev='vda' bus='virtio'/></disk><memballoon model='none'/></devices></domain>`,
	);
	virsh('define', file);
}

/** So many active guests: one of eight paused, and one in shutdown, caught between its last word and its end. */
async function furnish(size: number): Promise<void> {
	const off = new Set(names('--inactive'));
	const wanted = Array.from({length: size}, (_, index) => nameOf(index)).filter(name => off.has(name));
	spawnSync('xargs', ['-P3', '-L1', 'virsh', 'start'], {env, input: wanted.join('\n'), stdio: ['pipe', 'ignore', 'ignore']});
	for (let index = 1; index < size; index += 8) {
		spawnSync('virsh', ['suspend', nameOf(index)], {env, stdio: 'ignore'});
	}
	const last = nameOf(0);
	for (let tries = 0; tries < 10 && virsh('domstate', last).trim() !== 'in shutdown'; tries += 1) {
		spawnSync('virsh', ['start', last], {env, stdio: 'ignore'});
		await sleep(500);
		const pid = readFileSync(`/run/libvirt/qemu/${last}.pid`, 'utf8').trim();
		spawnSync('perl', ['-MTime::HiRes=usleep', '-e', `kill TERM => ${pid}; usleep(${200 + tries * 100}); kill STOP => ${pid}`]);
		await sleep(500);
		if (virsh('domstate', last).trim() === 'running') {
			// Stopped before it heard the first signal: it goes on, ends, and is caught later the next time.
			spawnSync('kill', ['-CONT', pid]);
			await sleep(3000);
		}
	}
}

function timed(work: () => void): number {
	const begun = performance.now();
	work();
	return (performance.now() - begun) / 1000;
}

const words = (): string => {
	const count = new Map<string, number>();
	for (const [, word = ''] of virsh('list').matchAll(/^ \d+ +\S+ +(.*\S)/gmu)) {
		count.set(word, (count.get(word) ?? 0) + 1);
	}
	return [...count].map(([word, many]) => `${many} ${word}`).join(', ');
};

process.stdout.write('guests  the pipeline        twinpool-fence-guests   ratio   were\n');
try {
	for (const size of sizes) {
		for (let index = 0; index < size; index += 1) {
			if (!names('--all').includes(nameOf(index))) {
				define(index);
			}
		}
		await furnish(size);
		const pipeline = timed(() => spawnSync('sh', ['-c', PIPELINE], {env, stdio: 'ignore'}));
		const missed = names().length;
		await furnish(size);
		const were = words();
		let code: number | null = null;
		const ours = timed(() => {
			code = spawnSync(OURS, ['fence', '--all', '--timeout', '120'], {env, stdio: 'ignore'}).status;
		});
		const left = names().length;
		process.stdout.write(
			`${`${size}`.padStart(6)}  ${pipeline.toFixed(1).padStart(6)} s, ${missed} left  ${ours.toFixed(1).padStart(7)} s, ${left} left, exit ${code}  1/${(pipeline / ours).toFixed(1).padEnd(5)} ${were}\n`,
		);
		process.exitCode = left > 0 || code !== 0 || (size === 30 && pipeline / ours < MOST) ? 1 : process.exitCode;
	}
} finally {
	spawnSync(OURS, ['fence', '--all', '--timeout', '120'], {env, stdio: 'ignore'});
	for (const name of names('--all').filter(one => one.startsWith('bench'))) {
		virsh('undefine', name);
	}
	rmSync(folder, {recursive: true});
}
