// Run by hand: fence_libvirt against fence_virsh, `status` and `off` of one guest over ssh to the same host, in the same run.
// npm run build && tsx test/bench/fence.ts HOST PORT USER KEY KNOWN_HOSTS GUEST. fence_virsh takes any host key, ours takes this file's.
// The guest is destroyed and started, again and again. /usr/sbin/fence_virsh is fence-agents'.
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const ROUNDS = 9;
const LIMIT = 0.5;
const [host = '127.0.0.1', port = '22', user = 'root', key = '', known = '', guest = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'twinpool-bench-'));

/** The program as postinst leaves it: with this node, and a start-up snapshot made by it. */
function install(): string {
	const path = join(folder, 'fence_libvirt');
	const start = join(folder, 'start');
	mkdirSync(start);
	const own = (file: string): string =>
		readFileSync(file, 'utf8')
			.replaceAll('/usr/bin/node', process.execPath)
			.replaceAll('/usr/lib/twinpool', folder)
			.replace('=/run/twinpool/start', `=${folder}/works`);
	writeFileSync(join(folder, 'launch'), own('lib/launch.sh'));
	writeFileSync(path, own('dist/root/usr/sbin/fence_libvirt'), {mode: 0o755});
	execFileSync(process.execPath, ['--snapshot-blob', join(start, 'fence_libvirt'), '--build-snapshot', path], {stdio: 'ignore'});
	for (const link of ['kept', 'interpreter']) {
		symlinkSync(process.execPath, join(start, link));
	}
	return path;
}

const common = [`--ip=${host}`, `--ipport=${port}`, `--username=${user}`, `--identity-file=${key}`, `--plug=${guest}`];
const ours = [install(), ...common, `--ssh-options=-o UserKnownHostsFile=${known}`];
const theirs = ['fence_virsh', ...common];

/** Milliseconds of one call, which has to answer this; taken by a shell, since a process as big as this one is slow to start another. */
function time(argv: readonly string[], action: string, expected: number): number {
	const script = 'TIMEFORMAT=%3R; { time "$@" >&3 2>&3; exit $?; } 2>&1 3>/dev/null';
	const {status, stdout} = spawnSync('bash', ['-c', script, 'bench', ...argv, `--action=${action}`], {encoding: 'utf8'});
	if (status !== expected) {
		throw new Error(`${argv[0]} ${action} ended with ${status}`);
	}
	return Number(stdout) * 1000;
}

const median = (values: readonly number[]): number => values.toSorted((one, two) => one - two)[Math.floor(values.length / 2)] ?? Number.NaN;
/** On, and its BIOS past the busiest second. */
const on = (): void => {
	time(ours, 'on', 0);
	execFileSync('sleep', ['1']);
};

on();
let failed = 0;
process.stdout.write('medians    fence_libvirt   fence_virsh   ratio   at most\n');
for (const action of ['status', 'off']) {
	const spent: {ours: number[]; theirs: number[]} = {ours: [], theirs: []};
	// Taken in turns, so that a busy minute hits both; the first round fills caches.
	const before = action === 'off' ? on : (): void => undefined;
	for (let round = 0; round <= ROUNDS; round += 1) {
		before();
		const mine = time(ours, action, 0);
		before();
		const other = time(theirs, action, 0);
		if (round > 0) {
			spent.ours.push(mine);
			spent.theirs.push(other);
		}
	}
	const [mine, other] = [median(spent.ours), median(spent.theirs)];
	failed += mine / other <= LIMIT ? 0 : 1;
	const cells = [
		`${mine.toFixed(0)} ms`.padStart(13),
		`${other.toFixed(0)} ms`.padStart(13),
		(mine / other).toFixed(2).padStart(7),
		`${LIMIT}`,
	];
	process.stdout.write(`${action.padEnd(8)} ${cells.join(' ')}\n`);
}
on();
rmSync(folder, {recursive: true, force: true});
process.stdout.write(`${2 - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
