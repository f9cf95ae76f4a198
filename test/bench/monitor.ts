// npm run bench: what a healthy monitor costs, in empty nodes (`node -e 0` in the same run), and how it grows with the host.
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';

const ROUNDS = 15;
/** 8.4 shows its state in a file; for 9 a program has to be asked. */
const VERSIONS = ['8.4.11', '9.2.8'];
const SIZES = [1, 10, 100];
/** In empty nodes: alone, and with a hundred of its kind on the host. */
const LIMITS = {alone: 1.35, many: 1.5};
const PROGRAMS = resolve('dist/root/usr/lib/ocf/resource.d/twinpool');

const host = mkdtempSync(join(tmpdir(), 'twinpool-bench-'));
const put = (path: string, text: string, mode = 0o644): void => {
	mkdirSync(dirname(join(host, path)), {recursive: true});
	writeFileSync(join(host, path), text, {mode});
};

const events = (name: string, minor: number): string => `exists resource name:${name} role:Primary suspended:no
exists connection name:${name} peer-node-id:1 conn-name:bravo connection:Connected role:Secondary
exists device name:${name} volume:0 minor:${minor} disk:UpToDate client:no quorum:yes
exists peer-device name:${name} peer-node-id:1 conn-name:bravo volume:0 replication:Established peer-disk:UpToDate
exists -
`;

/** As 8.4 prints it for one minor. */
const line = (minor: number): string => `${`${minor}`.padStart(2)}: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
    ns:4 nr:0 dw:4 dr:2009 al:1 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
`;

/** A host with so many resources and pools. The tools' stand-ins do as little as the real ones. */
function furnish(version: string, count: number): void {
	rmSync(host, {recursive: true, force: true});
	const minors = Array.from({length: count}, (_, minor) => line(minor));
	put('sys/module/drbd/version', `${version}\n`);
	put('proc/drbd', `version: ${version} (api:1/proto:86-101)\n${version.startsWith('8') ? minors.join('') : ''}`);
	put('proc/uptime', '836.54 545.33\n');
	put('proc/1234/comm', 'pacemaker-attrd\n');
	put('proc/1234/stat', `1234 (pacemaker-attrd) S ${'0 '.repeat(18)}4711 0\n`);
	for (let index = 0; index < count; index += 1) {
		put(`proc/spl/kstat/zfs/pool${index}/state`, 'ONLINE\n');
		put(`events/r${index}`, events(`r${index}`, index));
	}
	put('bin/drbdsetup', `#!/bin/sh\nfor name; do :; done\nexec cat "${host}/events/$name"\n`, 0o755);
	for (const tool of ['crm_attribute', 'attrd_updater']) {
		put(`bin/${tool}`, '#!/bin/sh\nexit 0\n', 0o755);
	}
}

const ENV = {
	...process.env,
	TWINPOOL_ROOT: host,
	PATH: `${host}/bin:${process.env['PATH']}`,
	OCF_RESKEY_CRM_meta_interval: '10000',
	OCF_RESKEY_CRM_meta_timeout: '20000',
	OCF_RESKEY_drbd_resource: 'r0',
	OCF_RESKEY_pool: 'pool0',
	OCF_RESOURCE_INSTANCE: 'bench:0',
};

/** User and system seconds of a command and everything that it waited for. */
function cost(expected: number, ...argv: string[]): number {
	const script = 'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null 2>/dev/null; exit $?';
	const said = execFileSync(
		'bash',
		['-c', `{ ${script.replace('exit $?', '[ $? -eq "$EXPECTED" ] || exit 9')}; } 2>&1`, 'bench', ...argv],
		{
			encoding: 'utf8',
			env: {...ENV, EXPECTED: `${expected}`},
		},
	);
	return said
		.trim()
		.split(' ')
		.map(Number)
		.reduce((sum, part) => sum + part, 0);
}

const median = (values: number[]): number => values.toSorted((one, two) => one - two)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The program as postinst leaves it: with this node, and a start-up snapshot made by it. */
function install(name: string): string {
	const path = join(installed, name);
	const start = join(installed, 'start');
	mkdirSync(start, {recursive: true});
	const own = (file: string): string =>
		readFileSync(file, 'utf8')
			.replaceAll('/usr/bin/node', process.execPath)
			.replaceAll('/usr/lib/twinpool', installed)
			.replace('=/run/twinpool', `=${installed}`);
	writeFileSync(join(installed, 'launch'), own('lib/launch.sh'));
	writeFileSync(path, own(join(PROGRAMS, name)), {mode: 0o755});
	execFileSync(process.execPath, ['--snapshot-blob', join(start, name), '--build-snapshot', path], {
		stdio: 'ignore',
		env: {...process.env, NODE_NO_WARNINGS: '1'},
	});
	for (const link of ['kept', 'interpreter']) {
		rmSync(join(start, link), {force: true});
		symlinkSync(process.execPath, join(start, link));
	}
	return path;
}

const installed = mkdtempSync(join(tmpdir(), 'twinpool-installed-'));
const prepared = {drbd: install('drbd'), zpool: install('zpool')};

const SUBJECTS = {
	node: () => cost(0, process.execPath, '-e', '0'),
	drbd: () => cost(8, prepared.drbd, 'monitor'),
	zpool: () => cost(0, prepared.zpool, 'monitor'),
	drbdText: () => cost(8, process.execPath, join(PROGRAMS, 'drbd'), 'monitor'),
	zpoolText: () => cost(0, process.execPath, join(PROGRAMS, 'zpool'), 'monitor'),
};
type Name = keyof typeof SUBJECTS;
const NAMES = Object.keys(SUBJECTS) as Name[];

/** Medians over interleaved rounds, so that a busy minute hits everybody. */
function measure(): Record<Name, number> {
	const spent = new Map<Name, number[]>(NAMES.map(name => [name, []]));
	for (let round = 0; round <= ROUNDS; round += 1) {
		for (const [name, seconds] of spent) {
			const now = SUBJECTS[name]();
			// The first round fills caches and tells the cluster what it does not know yet.
			if (round > 0) {
				seconds.push(now);
			}
		}
	}
	return Object.fromEntries([...spent].map(([name, seconds]) => [name, median(seconds)])) as Record<Name, number>;
}

let passed = 0;
let failed = 0;
const cell = (medians: Record<Name, number>, name: Name): string =>
	`${(medians[name] * 1000).toFixed(0).padStart(4)} ms = ${(medians[name] / medians.node).toFixed(2)}`;

process.stdout.write('user+sys, medians           as installed, from a snapshot       from the text, without one\n');
process.stdout.write('DRBD    host   node -e 0    drbd             zpool            drbd             zpool            at most\n');
for (const [version, size] of VERSIONS.flatMap(one => SIZES.map(count => [one, count] as const))) {
	furnish(version, size);
	const medians = measure();
	const limit = size >= 100 ? LIMITS.many : LIMITS.alone;
	for (const name of ['drbd', 'zpool'] as const) {
		const fine = medians[name] / medians.node <= limit;
		passed += fine ? 1 : 0;
		failed += fine ? 0 : 1;
	}
	const cells = (['drbd', 'zpool', 'drbdText', 'zpoolText'] as const).map(name => cell(medians, name).padEnd(15));
	const row = [
		version.padEnd(6),
		`${size}`.padStart(4),
		`${(medians.node * 1000).toFixed(0).padStart(7)} ms`,
		` ${cells.join('  ')} ${limit}`,
	];
	process.stdout.write(`${row.join('  ')}\n`);
}
rmSync(installed, {recursive: true, force: true});
rmSync(host, {recursive: true, force: true});
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
